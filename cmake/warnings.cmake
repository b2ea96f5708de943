# SPDX-License-Identifier: MIT
# What every target of ours is compiled with: `target_link_libraries(x PRIVATE warder_build)`.
add_library(warder_build INTERFACE)
target_include_directories(warder_build INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_compile_options(warder_build INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)

set(WARDER_SANITIZE "" CACHE STRING "address,undefined or thread: what to instrument everything with")
if(WARDER_SANITIZE)
  add_compile_options(-fsanitize=${WARDER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WARDER_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 takes a coroutine frame's own operator delete for one that doesn't fit, once a sanitizer keeps it from being inlined.
    target_compile_options(warder_build INTERFACE -Wno-mismatched-new-delete)
  endif()
  if(WARDER_SANITIZE STREQUAL "thread")
    # Asio uses standalone fences, of which g++ warns that TSan doesn't see them.
    target_compile_options(warder_build INTERFACE -Wno-error=tsan)
  endif()
endif()
