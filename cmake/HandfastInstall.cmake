# What `./dev install` puts in place, and what makes find_package(handfast) work.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

foreach(program handfast handfast-netd)
    if(TARGET ${program})
        install(TARGETS ${program})
    endif()
endforeach()
if(EXISTS ${PROJECT_SOURCE_DIR}/include/handfast)
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/handfast TYPE INCLUDE)
endif()

if(TARGET handfast_library)
    set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/handfast)
    install(TARGETS handfast_core handfast_library EXPORT handfast-targets)
    install(EXPORT handfast-targets NAMESPACE handfast:: DESTINATION ${package_folder})
    configure_package_config_file(
        ${PROJECT_SOURCE_DIR}/cmake/handfast-config.cmake.in
        ${PROJECT_BINARY_DIR}/handfast-config.cmake INSTALL_DESTINATION ${package_folder})
    write_basic_package_version_file(
        ${PROJECT_BINARY_DIR}/handfast-config-version.cmake COMPATIBILITY SameMinorVersion)
    install(FILES ${PROJECT_BINARY_DIR}/handfast-config.cmake
                  ${PROJECT_BINARY_DIR}/handfast-config-version.cmake
            DESTINATION ${package_folder})
endif()
