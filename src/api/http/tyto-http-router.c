/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-router.h"

#include "base/tyto-error.h"

#include <string.h>

typedef struct {
  const TytoHttpRoute *route;
  gpointer user_data;
  GStrv parts;
  gboolean slash; /* a `/` at the end may be there */
} Entry;

struct _TytoHttpRouter {
  GObject parent_instance;

  GPtrArray *entries; /* (element-type Entry) */
};

G_DEFINE_FINAL_TYPE (TytoHttpRouter, tyto_http_router, G_TYPE_OBJECT)

static void
entry_free (gpointer data)
{
  Entry *self = data;

  g_strfreev (self->parts);
  g_free (self);
}

void
tyto_http_match_clear (TytoHttpMatch *self)
{
  self->route = NULL;
  g_clear_pointer (&self->captures, g_strfreev);
}

void
tyto_http_router_add (TytoHttpRouter *self, const TytoHttpRoute *routes, gsize n,
                      gpointer user_data)
{
  for (gsize i = 0; i < n; i++) {
    Entry *entry = g_new0 (Entry, 1);
    g_autofree char *pattern = g_strdup (routes[i].pattern + 1);

    entry->route = &routes[i];
    entry->user_data = user_data;
    entry->slash = g_str_has_suffix (pattern, "/");
    if (entry->slash)
      pattern[strlen (pattern) - 1] = '\0';
    entry->parts = g_strsplit (pattern, "/", -1);
    g_ptr_array_add (self->entries, entry);
  }
}

static GStrv
split_path (const char *path, gboolean *slash, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (path + (*path == '/'), "/", -1);
  guint n = g_strv_length (parts);

  for (guint i = 0; i < n; i++) {
    /* NULL for %00 and for a % that begins nothing. */
    char *decoded = g_uri_unescape_string (parts[i], NULL);

    if (decoded == NULL || !g_utf8_validate (decoded, -1, NULL)) {
      g_free (decoded);
      tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Percent-encode UTF-8, without NUL.",
                      "The path's part %u cannot be decoded", i + 1);
      return NULL;
    }
    g_free (parts[i]);
    parts[i] = decoded;
  }
  *slash = n > 1 && *parts[n - 1] == '\0';
  return g_steal_pointer (&parts);
}

static gboolean
entry_matches (const Entry *self, char **parts, gboolean slash)
{
  guint n = g_strv_length (parts);

  if (slash && self->slash)
    n--;
  if (g_strv_length (self->parts) != n)
    return FALSE;
  for (guint i = 0; i < n; i++) {
    if (*self->parts[i] != '{' && !g_str_equal (self->parts[i], parts[i]))
      return FALSE;
  }
  return TRUE;
}

static GStrv
entry_captures (const Entry *self, char **parts)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; self->parts[i] != NULL; i++) {
    if (*self->parts[i] == '{')
      g_strv_builder_add (builder, parts[i]);
  }
  return g_strv_builder_end (builder);
}

static gboolean
method_matches (const TytoHttpRoute *route, const char *method)
{
  return g_str_equal (route->method, method)
         || (g_str_equal (method, "HEAD") && g_str_equal (route->method, "GET"));
}

static void
allow_method (GString *allow, const char *method)
{
  g_string_append_printf (allow, "%s%s", allow->len > 0 ? ", " : "", method);
  if (g_str_equal (method, "GET"))
    g_string_append (allow, ", HEAD");
}

gboolean
tyto_http_router_match (TytoHttpRouter *self, const char *method, const char *path,
                        TytoHttpMatch *match, char **allow, GError **error)
{
  g_autoptr (GString) methods = g_string_new (NULL);
  g_auto (GStrv) parts = NULL;
  gboolean slash;

  parts = split_path (path, &slash, error);
  if (parts == NULL)
    return FALSE;
  for (guint i = 0; i < self->entries->len; i++) {
    const Entry *entry = self->entries->pdata[i];

    if (!entry_matches (entry, parts, slash))
      continue;
    if (method_matches (entry->route, method)) {
      match->route = entry->route;
      match->user_data = entry->user_data;
      match->captures = entry_captures (entry, parts);
      return TRUE;
    }
    allow_method (methods, entry->route->method);
  }
  if (methods->len > 0) {
    tyto_set_error (error, TYTO_ERROR_METHOD, "The Allow header names the methods it has.",
                    "%s is not possible on this resource", method);
    *allow = g_string_free (g_steal_pointer (&methods), FALSE);
    return FALSE;
  }
  tyto_set_error (error, TYTO_ERROR_NOT_FOUND, "See /openapi.yaml for the paths there are.",
                  "There is nothing at this path");
  return FALSE;
}

GPtrArray *
tyto_http_router_list (TytoHttpRouter *self)
{
  GPtrArray *list = g_ptr_array_new ();

  for (guint i = 0; i < self->entries->len; i++) {
    const Entry *entry = self->entries->pdata[i];

    g_ptr_array_add (list, (gpointer) entry->route);
  }
  return list;
}

static void
tyto_http_router_finalize (GObject *object)
{
  TytoHttpRouter *self = TYTO_HTTP_ROUTER (object);

  g_ptr_array_unref (self->entries);
  G_OBJECT_CLASS (tyto_http_router_parent_class)->finalize (object);
}

static void
tyto_http_router_class_init (TytoHttpRouterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_http_router_finalize;
}

static void
tyto_http_router_init (TytoHttpRouter *self)
{
  self->entries = g_ptr_array_new_with_free_func (entry_free);
}

TytoHttpRouter *
tyto_http_router_new (void)
{
  return g_object_new (TYTO_TYPE_HTTP_ROUTER, NULL);
}
