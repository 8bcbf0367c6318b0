# SPDX-License-Identifier: 0BSD
#
# leatFolders.cmake - where the libraries and the headers are, seen from here, LIBDIR/cmake/leat. The headers are in
# PREFIX/include, and LIBDIR is PREFIX/lib or a folder in it. So the whole can be moved.
get_filename_component(leat_libraries "${CMAKE_CURRENT_LIST_DIR}/../.." REALPATH)
get_filename_component(leat_headers "${leat_libraries}/../include" ABSOLUTE)
if(NOT EXISTS "${leat_headers}/leat.h")
  get_filename_component(leat_headers "${leat_libraries}/../../include" ABSOLUTE)
endif()
