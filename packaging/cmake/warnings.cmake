# SPDX-License-Identifier: Apache-2.0
add_compile_options(
  -Wall -Wextra -Wpedantic -Werror
  -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-align -Wformat=2 -Wimplicit-fallthrough -Wundef)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # -Wrestrict of g++ 12 reports std::string operator+ wrongly (GCC bug 105651)
  add_compile_options(-Wduplicated-cond -Wlogical-op -Wuseless-cast -Wno-restrict)
endif()
