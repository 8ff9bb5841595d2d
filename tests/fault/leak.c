/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leak.c - a Criterion test that passes and leaks. `make check-asan` runs it alone and expects its
 * own gate to fire: without the gate Criterion would call this run a success.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

Test(leak, on_purpose)
{
    /* Keeping no pointer at all is what makes it a leak. */
    cr_assert_not_null(malloc(24), "no memory to leak");
}
