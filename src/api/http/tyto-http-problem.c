/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-problem.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"

static void
add_text (GVariantBuilder *dict, const char *key, const char *value)
{
  /* Some of it comes from outside (a path, a file name): JSON must stay UTF-8. */
  if (value != NULL)
    g_variant_builder_add (dict, "{sv}", key,
                           g_variant_new_take_string (g_utf8_make_valid (value, -1)));
}

char *
tyto_http_problem_new (guint status, const char *name, const char *title, const char *detail,
                       const char *hint, const char *instance)
{
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autofree char *type = g_strconcat ("/problems/", name, NULL);
  g_autoptr (GVariant) problem = NULL;

  add_text (&dict, "type", type);
  add_text (&dict, "title", title);
  g_variant_builder_add (&dict, "{sv}", "status", g_variant_new_uint32 (status));
  add_text (&dict, "detail", detail);
  add_text (&dict, "hint", hint);
  add_text (&dict, "instance", instance);
  problem = g_variant_ref_sink (g_variant_builder_end (&dict));
  return tyto_json_from_variant (problem, FALSE);
}

/* What next, where the error itself does not say. */
static const char *
default_hint (guint status)
{
  return status < 500 ? "See /openapi.yaml for what is possible here."
                      : "The log of the service says more.";
}

char *
tyto_http_problem_from_error (const GError *error, const char *instance, guint *status)
{
  const TytoErrorInfo *info = tyto_error_info (error);
  g_autofree char *why = tyto_error_why (error);
  const char *hint = tyto_error_hint (error);

  if (status != NULL)
    *status = info->http_status;
  return tyto_http_problem_new (info->http_status, info->name, info->title, why,
                                hint != NULL ? hint : default_hint (info->http_status), instance);
}
