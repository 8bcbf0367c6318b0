# SPDX-License-Identifier: 0BSD
#
# leatConfig.cmake - find_package(leat CONFIG) defines leat::leat, which is the shared library, and leat::static. With
# COMPONENTS nats it also defines leat::nats and leat::nats_static, or fails where leat was installed without leat-nats.
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

if(EXISTS "${leat_libraries}/libleat-nats.so")
  set(leat_nats_FOUND TRUE)
endif()
if(leat_nats_FOUND AND NOT TARGET leat::nats)
  add_library(leat::nats SHARED IMPORTED)
  add_library(leat::nats_static STATIC IMPORTED)
  set_target_properties(leat::nats PROPERTIES IMPORTED_LOCATION "${leat_libraries}/libleat-nats.so"
    INTERFACE_LINK_LIBRARIES leat::leat)
  set_target_properties(leat::nats_static PROPERTIES IMPORTED_LOCATION "${leat_libraries}/libleat-nats.a"
    INTERFACE_LINK_LIBRARIES "leat::static;nats")
endif()
foreach(leat_component ${leat_FIND_COMPONENTS})
  if(leat_FIND_REQUIRED_${leat_component} AND NOT leat_${leat_component}_FOUND)
    set(leat_FOUND FALSE)
    set(leat_NOT_FOUND_MESSAGE "leat was installed without ${leat_component}")
  endif()
endforeach()
