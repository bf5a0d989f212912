/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-pipeline-text.h"

#include <string.h>

typedef struct {
  GString *line;
  GHashTable *told; /* (element-type GstElement): in the line already */
  GQueue waiting;   /* of GstPad: src pads that start a chain of their own */
} Text;

static gboolean
is_secret (const char *name)
{
  return strstr (name, "password") != NULL || g_str_has_suffix (name, "-pw");
}

static char *
value_text (GParamSpec *pspec, const GValue *value)
{
  if (G_IS_PARAM_SPEC_ENUM (pspec)) {
    GEnumValue *entry
        = g_enum_get_value (G_PARAM_SPEC_ENUM (pspec)->enum_class, g_value_get_enum (value));
    return entry != NULL ? g_strdup (entry->value_nick) : NULL;
  }
  if (G_VALUE_HOLDS_STRING (value))
    return g_value_dup_string (value);
  return gst_value_serialize (value);
}

/* Quotes only what a shell would take apart, so that the line stays readable. */
static void
append_word (GString *line, const char *word)
{
  static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "-_=./:,+%@";

  if (strspn (word, safe) == strlen (word)) {
    g_string_append (line, word);
  } else {
    g_autofree char *quoted = g_shell_quote (word);
    g_string_append (line, quoted);
  }
}

static void
append_property (GString *line, GstElement *element, GParamSpec *pspec)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autofree char *text = NULL;

  if ((pspec->flags & G_PARAM_READWRITE) != G_PARAM_READWRITE || is_secret (pspec->name)
      || g_str_equal (pspec->name, "name") || g_type_is_a (pspec->value_type, G_TYPE_OBJECT))
    return;
  g_value_init (&value, pspec->value_type);
  g_object_get_property (G_OBJECT (element), pspec->name, &value);
  if (g_param_value_defaults (pspec, &value))
    return;
  text = value_text (pspec, &value);
  if (text == NULL || *text == '\0')
    return;
  g_autofree char *word = g_strdup_printf ("%s=%s", pspec->name, text);
  g_string_append_c (line, ' ');
  append_word (line, word);
}

static gboolean
is_caps_filter (GstElement *element)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  return factory != NULL && g_str_equal (GST_OBJECT_NAME (factory), "capsfilter");
}

static void
append_caps (GString *line, GstElement *filter)
{
  g_autoptr (GstCaps) caps = NULL;

  g_object_get (filter, "caps", &caps, NULL);
  g_autofree char *text = gst_caps_to_string (caps);
  g_autoptr (GString) bare = g_string_new (text);
  g_string_replace (bare, "(int)", "", 0);
  g_string_replace (bare, "(fraction)", "", 0);
  g_string_replace (bare, " ", "", 0);
  append_word (line, bare->str);
}

/* A tee makes a pad for each branch when asked; others tell which pad is meant. */
static gboolean
is_tee (GstElement *element)
{
  return g_str_equal (GST_OBJECT_NAME (gst_element_get_factory (element)), "tee");
}

/* Whether the line refers to @element by its name: one that forks, joins, or is an end. */
static gboolean
is_referred_to (GstElement *element)
{
  return is_tee (element) || element->numsinkpads != 1 || element->numsrcpads == 0;
}

/* Only there to hold others together. */
static gboolean
is_plain_bin (GstElement *element)
{
  return G_OBJECT_TYPE (element) == GST_TYPE_BIN;
}

static void
append_element (Text *text, GstElement *element)
{
  GObjectClass *class = G_OBJECT_GET_CLASS (element);
  guint n;
  g_autofree GParamSpec **pspecs = NULL;

  g_hash_table_add (text->told, element);
  if (is_caps_filter (element)) {
    append_caps (text->line, element);
    return;
  }
  g_string_append (text->line, GST_OBJECT_NAME (gst_element_get_factory (element)));
  if (is_referred_to (element))
    g_string_append_printf (text->line, " name=%s", GST_OBJECT_NAME (element));
  pspecs = g_object_class_list_properties (class, &n);
  for (guint i = 0; i < n; i++)
    append_property (text->line, element, pspecs[i]);
}

/* The pad at the other end of @src, looking through the ghost pads of plain bins. (transfer full)
 */
static GstPad *
peer_of (GstPad *src)
{
  GstPad *peer = gst_pad_get_peer (src);

  while (peer != NULL && GST_IS_GHOST_PAD (peer)) {
    g_autoptr (GstElement) owner = gst_pad_get_parent_element (peer);
    if (owner == NULL || !is_plain_bin (owner))
      break;
    GstPad *inner = gst_ghost_pad_get_target (GST_GHOST_PAD (peer));
    gst_object_unref (peer);
    peer = inner;
  }
  return peer;
}

static void
wait_for_src_pads (Text *text, GstElement *element)
{
  GST_OBJECT_LOCK (element);
  for (GList *l = element->srcpads; l != NULL; l = l->next)
    g_queue_push_tail (&text->waiting, gst_object_ref (l->data));
  GST_OBJECT_UNLOCK (element);
}

static void
append_reference (Text *text, GstElement *element, GstPad *pad)
{
  g_string_append_printf (text->line, "%s.", GST_OBJECT_NAME (element));
  if (!is_tee (element))
    g_string_append (text->line, GST_OBJECT_NAME (pad));
}

/* Follows @src down to an end, or to an element that the line refers to by name. */
static void
append_chain (Text *text, GstPad *src)
{
  g_autoptr (GstPad) at = gst_object_ref (src);

  for (;;) {
    g_autoptr (GstPad) sink = peer_of (at);
    g_autoptr (GstElement) next = sink != NULL ? gst_pad_get_parent_element (sink) : NULL;

    if (next == NULL)
      return;
    g_string_append (text->line, " ! ");
    if (is_referred_to (next) && !is_tee (next)) {
      append_reference (text, next, sink);
      if (!g_hash_table_contains (text->told, next)) {
        g_string_append (text->line, "  ");
        append_element (text, next);
      }
      return;
    }
    append_element (text, next);
    if (next->numsrcpads != 1 || is_tee (next)) {
      wait_for_src_pads (text, next);
      return;
    }
    gst_clear_object (&at);
    at = gst_object_ref (next->srcpads->data);
  }
}

static void
append_waiting (Text *text)
{
  GstPad *src;

  while ((src = g_queue_pop_head (&text->waiting)) != NULL) {
    g_autoptr (GstElement) owner = gst_pad_get_parent_element (src);
    g_autoptr (GstPad) peer = gst_pad_get_peer (src);
    if (owner != NULL && peer != NULL) {
      g_string_append (text->line, "  ");
      append_reference (text, owner, src);
      append_chain (text, src);
    }
    gst_object_unref (src);
  }
}

char *
tyto_pipeline_text_launch (GstBin *pipeline)
{
  Text text = { g_string_new (NULL), g_hash_table_new (NULL, NULL), G_QUEUE_INIT };
  g_autoptr (GstIterator) sources = gst_bin_iterate_sources (pipeline);
  g_auto (GValue) item = G_VALUE_INIT;

  while (gst_iterator_next (sources, &item) == GST_ITERATOR_OK) {
    GstElement *source = g_value_get_object (&item);
    if (text.line->len > 0)
      g_string_append (text.line, "  ");
    append_element (&text, source);
    wait_for_src_pads (&text, source);
    append_waiting (&text);
    g_value_reset (&item);
  }
  g_queue_clear_full (&text.waiting, gst_object_unref);
  g_hash_table_unref (text.told);
  return g_string_free (text.line, FALSE);
}

char *
tyto_pipeline_text_dot (GstBin *pipeline)
{
  g_autofree char *dot = gst_debug_bin_to_dot_data (pipeline, GST_DEBUG_GRAPH_SHOW_ALL);
  /* In a label a property is `\nname=\"value\"`, quotes in the value being `\\\"`; should the end
   * not be found, the rest of the line goes, too. */
  g_autoptr (GRegex) secret = g_regex_new (
      "([a-z-]*(?:-pw|password)=)(?!NULL\\b)(?:.*?\\\\\"(?=\\\\n|\")|.*)", 0, 0, NULL);

  return g_regex_replace (secret, dot, -1, 0, "\\1…", 0, NULL);
}
