# This source file is part of the swift-supervision project
#
# Copyright (c) 2026 the swift-supervision project authors
# Licensed under Apache License v2.0
#
# See LICENSE.txt for license information
#
# SPDX-License-Identifier: Apache-2.0

# Finds libuv and defines SupervisorCore::libuv. Used by this build and, installed
# beside the package's configuration, by those who link the static library.
#
# libuv's own builds bring a CMake configuration, most distributions' packages
# only a pkg-config file: the first is tried, then the second.

if(NOT TARGET SupervisorCore::libuv)
  find_package(libuv CONFIG QUIET)
  if(TARGET libuv::uv)
    set(_supervisor_libuv libuv::uv)
  elseif(TARGET libuv::uv_a)
    set(_supervisor_libuv libuv::uv_a)
  else()
    find_package(PkgConfig QUIET)
    if(PKG_CONFIG_FOUND)
      pkg_check_modules(SUPERVISOR_LIBUV QUIET IMPORTED_TARGET "libuv>=1.43")
    endif()
    if(TARGET PkgConfig::SUPERVISOR_LIBUV)
      set(_supervisor_libuv PkgConfig::SUPERVISOR_LIBUV)
    endif()
  endif()

  if(NOT DEFINED _supervisor_libuv)
    set(SupervisorCore_NOT_FOUND_MESSAGE
        "libuv 1.43 or later was not found. Install its development package: libuv1-dev (Debian, Ubuntu), libuv-devel (Fedora), libuv (Homebrew); with Debian's also pkg-config. One in an unusual place is named by -Dlibuv_DIR=… or PKG_CONFIG_PATH."
    )
    return()
  endif()

  add_library(SupervisorCore::libuv INTERFACE IMPORTED)
  set_target_properties(SupervisorCore::libuv PROPERTIES INTERFACE_LINK_LIBRARIES "${_supervisor_libuv}")
  unset(_supervisor_libuv)
endif()
