/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-log-limit.h"

#include <string.h>

#define SHOWN_BYTES 200

/* A text is known by its SHA-256, so that a long one takes no more memory than a short one. */
typedef struct {
  char *key;
  gint64 start_us;
  guint count;
  TytoLogRepeat *repeat; /* nullable: made with the first that is left out */
  GList link;
} Text;

struct _TytoLogLimit {
  GHashTable *texts; /* (element-type utf8 Text), keys owned by the texts */
  GQueue by_start;   /* of Text.link, oldest first */
  GQueue given_up;   /* (element-type TytoLogRepeat): texts given up before their time was over */
};

void
tyto_log_repeat_free (TytoLogRepeat *self)
{
  g_free (self->domain);
  g_free (self->camera);
  g_free (self->message);
  g_free (self);
}

static void
text_free (gpointer data)
{
  Text *self = data;

  g_clear_pointer (&self->repeat, tyto_log_repeat_free);
  g_free (self->key);
  g_free (self);
}

TytoLogLimit *
tyto_log_limit_new (void)
{
  TytoLogLimit *self = g_new0 (TytoLogLimit, 1);

  self->texts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, text_free);
  g_queue_init (&self->by_start);
  g_queue_init (&self->given_up);
  return self;
}

void
tyto_log_limit_free (TytoLogLimit *self)
{
  g_queue_clear_full (&self->given_up, (GDestroyNotify) tyto_log_repeat_free);
  g_hash_table_unref (self->texts);
  g_free (self);
}

static char *
make_key (GLogLevelFlags level, const char *domain, const char *camera, const char *message)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  const char *parts[] = { domain, camera, message };

  g_checksum_update (checksum, (const guchar *) &level, sizeof level);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
    const char *part = parts[i] != NULL ? parts[i] : "";

    /* With its NUL: "ab" and "c" are not "a" and "bc". */
    g_checksum_update (checksum, (const guchar *) part, (gssize) strlen (part) + 1);
  }
  return g_strdup (g_checksum_get_string (checksum));
}

/* Forgets the oldest text. (transfer full) (nullable): what was left out of it */
static TytoLogRepeat *
forget_oldest (TytoLogLimit *self)
{
  Text *text = self->by_start.head->data;
  TytoLogRepeat *repeat = g_steal_pointer (&text->repeat);

  g_queue_unlink (&self->by_start, &text->link);
  g_hash_table_remove (self->texts, text->key);
  return repeat;
}

gboolean
tyto_log_limit_admit (TytoLogLimit *self, gint64 now_us, GLogLevelFlags level, const char *domain,
                      const char *camera, const char *message)
{
  g_autofree char *key = make_key (level, domain, camera, message);
  Text *text = g_hash_table_lookup (self->texts, key);

  if (text == NULL) {
    if (g_hash_table_size (self->texts) >= TYTO_LOG_LIMIT_TEXTS) {
      TytoLogRepeat *repeat = forget_oldest (self);

      if (repeat != NULL)
        g_queue_push_tail (&self->given_up, repeat);
    }
    text = g_new0 (Text, 1);
    text->key = g_steal_pointer (&key);
    text->start_us = now_us;
    text->link.data = text;
    g_queue_push_tail_link (&self->by_start, &text->link);
    g_hash_table_insert (self->texts, text->key, text);
  }

  if (text->count < TYTO_LOG_LIMIT_BURST) {
    text->count++;
    return TRUE;
  }
  if (text->repeat == NULL) {
    g_autofree char *valid = g_utf8_make_valid (message, -1);

    text->repeat = g_new0 (TytoLogRepeat, 1);
    text->repeat->level = level;
    text->repeat->domain = g_strdup (domain);
    text->repeat->camera = g_strdup (camera);
    text->repeat->message = strlen (valid) <= SHOWN_BYTES
                                ? g_steal_pointer (&valid)
                                : g_utf8_substring (valid, 0, SHOWN_BYTES / 4);
  }
  text->repeat->left_out++;
  return FALSE;
}

TytoLogRepeat *
tyto_log_limit_take_over (TytoLogLimit *self, gint64 now_us)
{
  TytoLogRepeat *repeat = g_queue_pop_head (&self->given_up);

  while (repeat == NULL && self->by_start.head != NULL) {
    const Text *oldest = self->by_start.head->data;

    if (now_us - oldest->start_us < TYTO_LOG_LIMIT_WINDOW_US)
      break;
    repeat = forget_oldest (self);
  }
  return repeat;
}

gint64
tyto_log_limit_next_over (TytoLogLimit *self)
{
  for (const GList *item = self->by_start.head; item != NULL; item = item->next) {
    const Text *text = item->data;

    if (text->repeat != NULL)
      return text->start_us + TYTO_LOG_LIMIT_WINDOW_US;
  }
  return -1;
}

guint
tyto_log_limit_size (TytoLogLimit *self)
{
  return g_hash_table_size (self->texts);
}
