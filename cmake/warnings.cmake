# SPDX-License-Identifier: MIT
# The compiler options of all targets of this project: `target_link_libraries(x PRIVATE warder_build)`.
add_library(warder_build INTERFACE)
target_include_directories(warder_build INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_compile_options(warder_build INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)

option(WARDER_WARNINGS_AS_ERRORS "Fail on a warning: for those who work on Warder, whose compilers are known" OFF)
if(WARDER_WARNINGS_AS_ERRORS)
  target_compile_options(warder_build INTERFACE -Werror)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports a coroutine frame's own operator delete as mismatched if it inlines only one of new and delete.
  target_compile_options(warder_build INTERFACE -Wno-mismatched-new-delete)
  if(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13 AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
    # g++ 13 has false positives in inlined functions of fmt 9, both of which Ubuntu 24.04 has.
    target_compile_options(warder_build INTERFACE -Wno-array-bounds -Wno-stringop-overflow)
  endif()
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++'s stable_sort calls a function that libstdc++ itself deprecates.
  target_compile_options(warder_build INTERFACE -Wno-deprecated-declarations)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ treats the types of a source that is included in a unity source like those of a header.
  target_compile_options(warder_build INTERFACE -Wno-subobject-linkage)
endif()

set(WARDER_SANITIZE "" CACHE STRING "address,undefined or thread: what to instrument everything with")
if(WARDER_SANITIZE)
  add_compile_options(-fsanitize=${WARDER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WARDER_SANITIZE})
  if(WARDER_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio uses standalone fences; g++ warns that TSan doesn't support them.
    target_compile_options(warder_build INTERFACE -Wno-error=tsan)
  endif()
endif()
