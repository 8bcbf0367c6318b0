# SPDX-License-Identifier: 0BSD
#
# leatConfigVersion.cmake - whether this version serves find_package(leat VERSION): it is not older, and has the same
# major version; before 1.0, the same minor version.
include("${CMAKE_CURRENT_LIST_DIR}/leatFolders.cmake")
file(STRINGS "${leat_headers}/leat.h" PACKAGE_VERSION REGEX "^#define LEAT_VERSION")
string(REGEX REPLACE "[^0-9.]" "" PACKAGE_VERSION "${PACKAGE_VERSION}")

# 0.2 of 0.2.0, 1 of 1.2.3
string(REGEX MATCH "^(0[.][0-9]+|[1-9][0-9]*)" leat_series "${PACKAGE_VERSION}")
if(PACKAGE_FIND_VERSION STREQUAL PACKAGE_VERSION)
  set(PACKAGE_VERSION_EXACT TRUE)
endif()
if(NOT PACKAGE_FIND_VERSION OR (PACKAGE_VERSION VERSION_GREATER_EQUAL PACKAGE_FIND_VERSION AND
    "${PACKAGE_FIND_VERSION}.0." MATCHES "^${leat_series}[.]"))
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
