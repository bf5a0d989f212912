/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/s3/tyto-s3-node.h"

#include <string.h>

/* A page of 1000 keys, or of 1000 parts, has about 10,000 elements at a depth of 4. */
#define MAX_DEPTH    8
#define MAX_ELEMENTS 50000

typedef struct {
  TytoS3Node *root;
  GPtrArray *open; /* from the root to the element being read; not owned */
  guint elements;
} Parse;

static TytoS3Node *
node_new (const char *name)
{
  TytoS3Node *self = g_new (TytoS3Node, 1);
  const char *colon = strchr (name, ':');

  self->name = g_strdup (colon != NULL ? colon + 1 : name);
  self->text = g_string_new (NULL);
  self->children = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_s3_node_free);
  return self;
}

void
tyto_s3_node_free (TytoS3Node *self)
{
  g_free (self->name);
  g_string_free (self->text, TRUE);
  g_ptr_array_unref (self->children);
  g_free (self);
}

static void
on_start (GMarkupParseContext *context, const char *name, const char **names, const char **values,
          gpointer data, GError **error)
{
  Parse *parse = data;
  TytoS3Node *node;

  if (parse->open->len >= MAX_DEPTH || ++parse->elements > MAX_ELEMENTS
      || (parse->open->len == 0 && parse->root != NULL)) {
    g_set_error (error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "too many elements");
    return;
  }
  node = node_new (name);
  if (parse->open->len == 0)
    parse->root = node;
  else
    g_ptr_array_add (((TytoS3Node *) parse->open->pdata[parse->open->len - 1])->children, node);
  g_ptr_array_add (parse->open, node);
}

static void
on_end (GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
  Parse *parse = data;

  g_ptr_array_set_size (parse->open, (int) parse->open->len - 1);
}

static void
on_text (GMarkupParseContext *context, const char *text, gsize length, gpointer data,
         GError **error)
{
  Parse *parse = data;

  if (parse->open->len > 0)
    g_string_append_len (((TytoS3Node *) parse->open->pdata[parse->open->len - 1])->text, text,
                         (gssize) length);
}

TytoS3Node *
tyto_s3_node_parse (GBytes *document, GError **error)
{
  const GMarkupParser parser = { on_start, on_end, on_text, NULL, NULL };
  g_autoptr (GPtrArray) open = g_ptr_array_new ();
  Parse parse = { NULL, open, 0 };
  g_autoptr (GMarkupParseContext) context
      = g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &parse, NULL);
  gsize length = 0;
  const char *text = g_bytes_get_data (document, &length);

  /* Amazon sends blanks while it completes an upload, before the XML declaration too. */
  while (length > 0 && g_ascii_isspace (*text)) {
    text++;
    length--;
  }
  if (length > 0 && g_markup_parse_context_parse (context, text, (gssize) length, error)
      && g_markup_parse_context_end_parse (context, error) && parse.root != NULL)
    return parse.root;
  g_clear_pointer (&parse.root, tyto_s3_node_free);
  if (error != NULL && *error == NULL)
    g_set_error (error, G_MARKUP_ERROR, G_MARKUP_ERROR_EMPTY, "there is no element");
  return NULL;
}

const TytoS3Node *
tyto_s3_node_child (const TytoS3Node *self, const char *name)
{
  for (guint i = 0; i < self->children->len; i++) {
    const TytoS3Node *child = self->children->pdata[i];

    if (strcmp (child->name, name) == 0)
      return child;
  }
  return NULL;
}

const char *
tyto_s3_node_text (const TytoS3Node *self, const char *name)
{
  const TytoS3Node *child = tyto_s3_node_child (self, name);

  return child != NULL ? child->text->str : "";
}

guint64
tyto_s3_node_number (const TytoS3Node *self, const char *name, guint64 fallback)
{
  guint64 number = fallback;

  if (!g_ascii_string_to_unsigned (tyto_s3_node_text (self, name), 10, 0, G_MAXUINT64, &number,
                                   NULL))
    return fallback;
  return number;
}

gint64
tyto_s3_node_time (const TytoS3Node *self, const char *name)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (tyto_s3_node_text (self, name), utc);

  if (time == NULL)
    return -1;
  return g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
}

char *
tyto_s3_node_etag (const TytoS3Node *self, const char *name)
{
  const char *text = tyto_s3_node_text (self, name);
  gsize length = strlen (text);

  if (length >= 2 && text[0] == '"' && text[length - 1] == '"')
    return g_strndup (text + 1, length - 2);
  return g_strdup (text);
}
