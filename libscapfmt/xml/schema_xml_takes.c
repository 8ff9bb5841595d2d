/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_xml_takes.c - lists of words that say, parameter by parameter, where the parameters of an
 * event come from. What a word means is of the row it stands in (traces, procmon); that the list is
 * as long as the event and that each word can fill its parameter is checked here for all of them.
 */
#include "xml/schema_xml.h"

#include <string.h>

/* "word:REST"; the XSD has checked its shape. A take begins with its how. */
static uint8_t parse_take(struct builder *b, const struct take_kind *kind, char *text, void *take)
{
    char *rest = strchr(text, ':');
    uint8_t how = 0;

    if (rest != NULL) {
        *rest++ = '\0';
    }
    while (strcmp(kind->words[how].word, text) != 0) {
        how++;
    }
    *(uint8_t *)take = how;
    if (rest != NULL) {
        kind->put_rest(b, rest, take);
    }
    return how;
}

static const void *parse_takes(struct builder *b, const xmlNode *node, const char *name,
                               const struct take_kind *kind, const struct scapf_event_info *event)
{
    char *from = keep(b, event->n_params + 1U, kind->size);
    char *list = attr(b, node, name);
    unsigned n = 0;

    if (from == NULL) {
        return NULL;
    }
    for (char *word = next_word(&list); word != NULL; word = next_word(&list), n++) {
        uint8_t how;

        if (n >= event->n_params) {
            continue;
        }
        how = parse_take(b, kind, word, from + n * kind->size);
        if ((kind->words[how].types & 1ULL << event->params[n].type) == 0) {
            fault(b, node, "%s: '%s' does not make a %s for `%s`", name, kind->words[how].word,
                  scapf_param_type_name(event->params[n].type), event->params[n].name);
        }
    }
    if (n != event->n_params) {
        fault(b, node, "%s: %s has %u parameters, not %u", name, event->symbol, event->n_params, n);
    }
    return from;
}

/* The words of the exit event for the parameters of the same names. */
static const void *same_names(struct builder *b, const xmlNode *node, const struct take_kind *kind,
                              const struct taken *t)
{
    char *from = keep(b, t->enter->n_params + 1U, kind->size);

    for (uint8_t i = 0; from != NULL && i < t->enter->n_params; i++) {
        const struct scapf_param_info *param = &t->enter->params[i];
        uint8_t k = 0;

        while (k < t->exit->n_params && strcmp(param->name, t->exit->params[k].name) != 0) {
            k++;
        }
        if (k == t->exit->n_params) {
            fault(b, node, "`%s` of %s needs a word in `enter`", param->name, t->enter->symbol);
            return NULL;
        }
        memcpy(from + i * kind->size, (const char *)t->exit_from + k * kind->size, kind->size);
    }
    return from;
}

bool take_events(struct builder *b, const xmlNode *node, const char *symbol,
                 const struct take_kind *kind, struct taken *t)
{
    const struct keyed *item;

    *t = (struct taken){.exit = find_event(b, node, symbol)};
    if (t->exit == NULL) {
        return false;
    }
    if (t->exit->code % 2 == 0 && !kind->alone) {
        fault(b, node, "%s is no exit event", symbol);
        return false;
    }
    item = t->exit->code % 2 == 1 ? keys_find(&b->events, NULL, t->exit->code - 1U) : NULL;
    t->enter = item != NULL ? item->item : NULL;
    t->n_exit = params_to_write(b, t->exit);
    t->exit_from = parse_takes(b, node, "from", kind, t->exit);
    if (t->enter == NULL || t->exit_from == NULL || (t->enter->flags & SCAPF_EF_UNUSED) != 0) {
        return true;
    }
    t->has_enter = true;
    t->enter_from = xmlHasProp(node, (const xmlChar *)"enter") != NULL
                        ? parse_takes(b, node, "enter", kind, t->enter)
                        : same_names(b, node, kind, t);
    return true;
}
