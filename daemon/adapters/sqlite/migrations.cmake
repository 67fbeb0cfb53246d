# SPDX-License-Identifier: Apache-2.0
# Turns migrations/NNNN_name.sql into one table of string literals, in the order of their numbers.
file(GLOB scripts "${SOURCE_DIR}/migrations/*.sql")
list(SORT scripts)
set(text "#include \"daemon/adapters/sqlite/migrations.hpp\"\n\nnamespace tocsin::daemon::sqlite {\n\n")
string(APPEND text "const std::vector<std::string_view>& migrations() {\n    static const std::vector<std::string_view> all{\n")
foreach(script ${scripts})
  file(READ "${script}" sql)
  string(APPEND text "R\"sql(${sql})sql\",\n")
endforeach()
string(APPEND text "    };\n    return all;\n}\n\n}  // namespace tocsin::daemon::sqlite\n")
file(WRITE "${OUTPUT}" "${text}")
