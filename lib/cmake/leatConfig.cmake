# SPDX-License-Identifier: 0BSD
#
# leatConfig.cmake - find_package(leat CONFIG) defines leat::leat, which is the shared library, and leat::static.
include(CMakeFindDependencyMacro)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_dependency(Threads)
include("${CMAKE_CURRENT_LIST_DIR}/leatFolders.cmake")

if(NOT TARGET leat::leat)
  add_library(leat::leat SHARED IMPORTED)
  add_library(leat::static STATIC IMPORTED)
  set_target_properties(leat::leat PROPERTIES IMPORTED_LOCATION "${leat_libraries}/libleat.so")
  set_target_properties(leat::static PROPERTIES IMPORTED_LOCATION "${leat_libraries}/libleat.a")
  set_target_properties(leat::leat leat::static PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${leat_headers}"
    INTERFACE_LINK_LIBRARIES "Threads::Threads;m")
endif()
