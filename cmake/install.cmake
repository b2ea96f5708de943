# SPDX-License-Identifier: MIT
# What `cmake --install` installs: the program and, for embedders, one archive, the public headers and
# `find_package(warder)`.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(rooms core crypto files log index authority store_common store_sqlite store_users_json store_postgres runtime)
set(objects "")
foreach(room IN LISTS rooms)
  list(APPEND objects $<TARGET_OBJECTS:warder_${room}>)
endforeach()
add_library(warder_library STATIC ${objects})
set_target_properties(warder_library PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME warder EXPORT_NAME warder)
target_compile_features(warder_library INTERFACE cxx_std_23)
# PRIVATE: the public headers only need the standard library, but users of a static archive must link its dependencies.
target_link_libraries(warder_library PRIVATE
  Boost::json OpenSSL::Crypto PkgConfig::sodium SQLite::SQLite3 PostgreSQL::PostgreSQL Threads::Threads)

set(manual ${PROJECT_BINARY_DIR}/manual)  # src/app/CMakeLists.txt lets the program write it
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/warder)
install(TARGETS warder RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(FILES ${manual}/warder.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
install(FILES ${manual}/warder.toml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT program)
install(FILES ${manual}/warder.bash RENAME warder DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT program)
install(FILES ${manual}/_warder DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT program)
install(FILES ${manual}/warder.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT program)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/packaging/presets DESTINATION ${CMAKE_INSTALL_DATADIR}/warder COMPONENT program)
install(TARGETS warder_library EXPORT warder
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/warder DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT warder NAMESPACE warder:: FILE warder-targets.cmake DESTINATION ${package} COMPONENT development)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/warder-config.cmake.in ${PROJECT_BINARY_DIR}/warder-config.cmake
  INSTALL_DESTINATION ${package})
# Before 1.0, minor versions may change the public API.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/warder-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/warder-config.cmake ${PROJECT_BINARY_DIR}/warder-config-version.cmake
  DESTINATION ${package} COMPONENT development)
