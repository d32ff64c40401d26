# A room is one folder of src/ and one library, so that it builds and is tested alone.
#
#   handfast_room(tcp core/tcp DEPENDS wire buf trace berkeley USES fmt::fmt)
#
# makes the library `tcp` of all *.cpp under src/core/tcp. DEPENDS names the rooms that it stands on,
# USES the libraries of others. A room without *.cpp is an INTERFACE library: it has only headers, or is
# not built yet. Rooms under core/ are compiled without exceptions and run-time types.

function(handfast_room name folder)
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "DEPENDS;USES")
    set(root ${PROJECT_SOURCE_DIR}/src/${folder})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${root}/*.cpp)
    list(REMOVE_ITEM sources ${root}/main.cpp)  # a program's main belongs to the program
    if(sources)
        add_library(${name} STATIC ${sources})
        set_target_properties(${name} PROPERTIES
            ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/rooms)
        target_link_libraries(${name} PUBLIC ${arg_DEPENDS} ${arg_USES} PRIVATE handfast_flags)
        if(folder MATCHES "^core/")
            target_link_libraries(${name} PRIVATE handfast_pure)
        endif()
    else()
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE ${arg_DEPENDS} ${arg_USES})
    endif()
    set_property(GLOBAL APPEND PROPERTY HANDFAST_ROOMS ${name})
    set_property(GLOBAL PROPERTY HANDFAST_ROOM_FOLDER_${name} ${folder})
endfunction()

# Puts into `out` the objects of every room whose folder matches the pattern.
function(handfast_objects out pattern)
    get_property(rooms GLOBAL PROPERTY HANDFAST_ROOMS)
    set(objects)
    foreach(room IN LISTS rooms)
        get_property(folder GLOBAL PROPERTY HANDFAST_ROOM_FOLDER_${room})
        get_target_property(type ${room} TYPE)
        if(folder MATCHES "${pattern}" AND type STREQUAL STATIC_LIBRARY)
            list(APPEND objects $<TARGET_OBJECTS:${room}>)
        endif()
    endforeach()
    set(${out} ${objects} PARENT_SCOPE)
endfunction()

# Links a program with the rooms that its own sources include, so that a fuzzer or a benchmark of one
# room builds while the rooms above it are being written.
function(handfast_link_included_rooms target)
    get_target_property(sources ${target} SOURCES)
    get_property(rooms GLOBAL PROPERTY HANDFAST_ROOMS)
    foreach(source IN LISTS sources)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
        file(STRINGS ${source} includes REGEX "^#include [\"<]")
        foreach(room IN LISTS rooms)
            get_property(folder GLOBAL PROPERTY HANDFAST_ROOM_FOLDER_${room})
            if(includes MATCHES "\"${folder}/")
                target_link_libraries(${target} PRIVATE ${room})
            endif()
        endforeach()
        if(includes MATCHES "<handfast/")
            target_link_libraries(${target} PRIVATE api)
        endif()
    endforeach()
endfunction()
