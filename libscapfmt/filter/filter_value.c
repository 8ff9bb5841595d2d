/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_value.c - the value of a field as text.
 */
#include "bytes/addr.h"
#include "filter/filter.h"

void value_show(struct out *o, const struct filter_value *v)
{
    switch (v->kind) {
    case VALUE_NUMBER:
        if (v->negative) {
            out_char(o, '-');
        }
        out_udec(o, v->u);
        break;
    case VALUE_BOOL:
        out_str(o, v->u != 0 ? "true" : "false");
        break;
    case VALUE_ADDR:
        out_ip(o, v->p, v->len);
        break;
    case VALUE_TEXT:
        out_bytes(o, v->p, v->len);
        break;
    }
}
