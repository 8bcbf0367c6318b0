/* SPDX-License-Identifier: 0BSD
 *
 * descriptor_pipe.c - the tests of descriptor.c with pipes, as on systems that have no eventfd. lib/descriptor.c is
 * compiled here without eventfd, in place of that of the library.
 */
#include "../test.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#undef __linux__
#include "../../lib/descriptor.c"
#include "descriptor.c"
