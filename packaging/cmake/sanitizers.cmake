# SPDX-License-Identifier: Apache-2.0
set(TOCSIN_SANITIZER "" CACHE STRING "address (with undefined behaviour), thread, or nothing")
if(TOCSIN_SANITIZER STREQUAL "address")
  # Not vptr: it asks the kernel with a pipe, and takes it for an error when descriptors have run out.
  set(flags -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=undefined)
elseif(TOCSIN_SANITIZER STREQUAL "thread")
  set(flags -fsanitize=thread)
elseif(TOCSIN_SANITIZER)
  message(FATAL_ERROR "TOCSIN_SANITIZER is '${TOCSIN_SANITIZER}'; use address or thread")
endif()
option(TOCSIN_FUZZ "Build the fuzz targets; needs clang" OFF)
set(debug -g)
if(TOCSIN_FUZZ)
  list(APPEND flags -fsanitize=fuzzer-no-link)
  set(debug -gline-tables-only)  # half of the build's time
endif()
if(TOCSIN_SANITIZER)
  add_compile_options(${flags} -fno-omit-frame-pointer ${debug})
  add_link_options(${flags})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # false positives of g++ 12 when it sees instrumented std::string and std::variant
    add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow
                        -Wno-mismatched-new-delete -Wno-tsan)
  endif()
endif()
