# SPDX-License-Identifier: MIT
find_package(Threads REQUIRED)

# The program must run on other machines of the same kind. OpenSSL, SQLite and libpq, which distributions patch quickly, are
# linked dynamically; everything else is linked statically.
option(WARDER_STATIC_DEPENDENCIES "Link Boost, libsodium, spdlog, fmt and toml++ into the program" ON)
set(Boost_USE_STATIC_LIBS ${WARDER_STATIC_DEPENDENCIES})
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)

# These have one or two users each, and Debian has no static libraries of them, so they are used header-only.
find_path(tomlplusplus_include toml++/toml.h REQUIRED)
add_library(warder_toml INTERFACE)
target_include_directories(warder_toml SYSTEM INTERFACE ${tomlplusplus_include})
target_compile_definitions(warder_toml INTERFACE TOML_HEADER_ONLY=1)
add_library(warder_spdlog INTERFACE)
target_include_directories(warder_spdlog SYSTEM INTERFACE $<TARGET_PROPERTY:spdlog::spdlog_header_only,INTERFACE_INCLUDE_DIRECTORIES>)
target_compile_definitions(warder_spdlog INTERFACE $<TARGET_PROPERTY:spdlog::spdlog_header_only,INTERFACE_COMPILE_DEFINITIONS>)
target_link_libraries(warder_spdlog INTERFACE fmt::fmt-header-only Threads::Threads)

if(WARDER_STATIC_DEPENDENCIES)
  find_library(sodium_archive libsodium.a REQUIRED)
  add_library(warder_sodium STATIC IMPORTED)
  set_target_properties(warder_sodium PROPERTIES IMPORTED_LOCATION ${sodium_archive} INTERFACE_INCLUDE_DIRECTORIES "${sodium_INCLUDE_DIRS}")
else()
  add_library(warder_sodium ALIAS PkgConfig::sodium)
endif()
