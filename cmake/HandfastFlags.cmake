# How everything of ours is compiled. Two interface libraries carry it:
#   handfast_flags  warnings as errors, C++23, the include root src/
#   handfast_pure   what only the engine has: no exceptions, no run-time types, inlining at will

if(PROJECT_IS_TOP_LEVEL)
    if(NOT CMAKE_BUILD_TYPE)
        set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
    endif()
    # Line numbers without the weight of full debug information. HF_CHECK does not depend on NDEBUG.
    set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
    set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g -D_GLIBCXX_ASSERTIONS")
    set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

    set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
    set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
    set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)

    find_program(HANDFAST_CCACHE ccache)
    if(HANDFAST_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
        # Build directories of one checkout share the cache: only debug information names them.
        set(CMAKE_CXX_COMPILER_LAUNCHER
            ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1 ${HANDFAST_CCACHE})
    endif()
endif()

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(handfast_flags INTERFACE)
target_compile_features(handfast_flags INTERFACE cxx_std_23)
target_include_directories(handfast_flags INTERFACE
    ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
target_compile_options(handfast_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow
    $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>
    -Werror
    # __FILE__ is relative to the checkout: messages are short and say nothing of the machine.
    -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)

add_library(handfast_pure INTERFACE)
target_compile_options(handfast_pure INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions$<SEMICOLON>-fno-rtti>
    $<$<CONFIG:Release>:-O3$<SEMICOLON>-fno-semantic-interposition>)

if(HANDFAST_SANITIZE)
    add_compile_options(-fsanitize=${HANDFAST_SANITIZE} -fno-sanitize-recover=all
                        -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS)
    add_link_options(-fsanitize=${HANDFAST_SANITIZE})
endif()
if(HANDFAST_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    include(CheckLinkerFlag)
    check_linker_flag(CXX -fuse-ld=lld HANDFAST_HAS_LLD)
    if(HANDFAST_HAS_LLD)
        add_link_options(-fuse-ld=lld)
    endif()
endif()
