/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/s3/tyto-s3-error.h"

#include "base/tyto-error.h"

#include <string.h>

#define MESSAGE_CHARACTERS 300

/* Codes that mean something else, or ask for something else, than their status does. */
static const struct {
  const char *code;
  TytoError error;
  gboolean passes;
  const char *hint;
} codes[] = {
  { "AccessDenied", TYTO_ERROR_FORBIDDEN, FALSE,
    "Give the access key the right to it, in the bucket's policy or the user's." },
  { "AuthorizationHeaderMalformed", TYTO_ERROR_FORBIDDEN, FALSE,
    "Set the region that the object store expects." },
  { "AuthorizationQueryParametersError", TYTO_ERROR_FORBIDDEN, FALSE,
    "Set the region that the object store expects." },
  { "BadDigest", TYTO_ERROR_INTERNAL, TRUE, "The data was changed on its way: check the network." },
  { "BucketAlreadyExists", TYTO_ERROR_ALREADY_EXISTS, FALSE, "Choose another name." },
  { "EntityTooLarge", TYTO_ERROR_TOO_LARGE, FALSE, "Choose larger parts, or a smaller object." },
  { "EntityTooSmall", TYTO_ERROR_INVALID_ARGUMENT, FALSE, "Choose parts of at least 5 MiB." },
  { "ExpiredToken", TYTO_ERROR_FORBIDDEN, FALSE, "Renew the session token." },
  { "IncompleteBody", TYTO_ERROR_UNAVAILABLE, TRUE, NULL },
  { "InsufficientCapacity", TYTO_ERROR_STORAGE, FALSE, "Make room in the object store." },
  { "InvalidAccessKeyId", TYTO_ERROR_FORBIDDEN, FALSE, "Check the access key." },
  { "InvalidRange", TYTO_ERROR_RANGE, FALSE, NULL },
  { "InvalidToken", TYTO_ERROR_FORBIDDEN, FALSE, "Check the session token." },
  { "NoSuchBucket", TYTO_ERROR_NOT_FOUND, FALSE, "Create the bucket, or correct its name." },
  { "NotImplemented", TYTO_ERROR_UNSUPPORTED, FALSE, "This object store cannot do it." },
  { "OperationAborted", TYTO_ERROR_UNAVAILABLE, TRUE, NULL },
  { "PermanentRedirect", TYTO_ERROR_INVALID_ARGUMENT, FALSE,
    "Set the endpoint and region of this bucket." },
  { "QuotaExceeded", TYTO_ERROR_STORAGE, FALSE, "Raise the quota of the object store." },
  { "RequestTimeTooSkewed", TYTO_ERROR_FORBIDDEN, FALSE, "Set the clock of this machine." },
  { "RequestTimeout", TYTO_ERROR_TIMED_OUT, TRUE, NULL },
  { "SignatureDoesNotMatch", TYTO_ERROR_FORBIDDEN, FALSE, "Check the secret key." },
  { "SlowDown", TYTO_ERROR_UNAVAILABLE, TRUE, NULL },
  { "XAmzContentSHA256Mismatch", TYTO_ERROR_INTERNAL, TRUE,
    "The data was changed on its way: check the disk and the network." },
};

TytoS3Refusal *
tyto_s3_refusal_new_for_node (guint status, const TytoS3Node *node)
{
  TytoS3Refusal *self = g_new (TytoS3Refusal, 1);
  gboolean told = node != NULL && strcmp (node->name, "Error") == 0;

  self->status = status;
  self->code = g_strdup (told ? tyto_s3_node_text (node, "Code") : "");
  self->message = g_strdup (told ? tyto_s3_node_text (node, "Message") : "");
  self->region = g_strdup (told ? tyto_s3_node_text (node, "Region") : "");
  return self;
}

TytoS3Refusal *
tyto_s3_refusal_new (guint status, GBytes *body)
{
  g_autoptr (TytoS3Node) root = body != NULL ? tyto_s3_node_parse (body, NULL) : NULL;

  return tyto_s3_refusal_new_for_node (status, root);
}

void
tyto_s3_refusal_free (TytoS3Refusal *self)
{
  g_free (self->code);
  g_free (self->message);
  g_free (self->region);
  g_free (self);
}

gboolean
tyto_s3_refusal_has_code (const TytoS3Refusal *self, const char *code)
{
  return strcmp (self->code, code) == 0;
}

static int
find_code (const char *code)
{
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (strcmp (codes[i].code, code) == 0)
      return (int) i;
  return -1;
}

gboolean
tyto_s3_refusal_passes (const TytoS3Refusal *self)
{
  int row = find_code (self->code);

  if (row >= 0)
    return codes[row].passes;
  if (self->status == 408 || self->status == 429)
    return TRUE;
  /* An error in the body of a 200 is one of the server's. */
  return self->status < 300
         || (self->status >= 500 && self->status != 501 && self->status != 505
             && self->status != 507);
}

static TytoError
error_for_status (guint status)
{
  switch (status) {
  case 401:
  case 403:
    return TYTO_ERROR_FORBIDDEN;
  case 404:
  case 410:
    return TYTO_ERROR_NOT_FOUND;
  case 405:
  case 501:
    return TYTO_ERROR_UNSUPPORTED;
  case 408:
    return TYTO_ERROR_TIMED_OUT;
  case 409:
  case 412:
    return TYTO_ERROR_WRONG_STATE;
  case 413:
    return TYTO_ERROR_TOO_LARGE;
  case 416:
    return TYTO_ERROR_RANGE;
  case 429:
    return TYTO_ERROR_UNAVAILABLE;
  case 507:
    return TYTO_ERROR_STORAGE;
  default:
    return status >= 500 || status < 300 ? TYTO_ERROR_UNAVAILABLE : TYTO_ERROR_INVALID_ARGUMENT;
  }
}

static const char *
hint_for_status (guint status)
{
  if (status == 401 || status == 403)
    return "Check the keys, and the rights of the access key.";
  if (status >= 300 && status < 400)
    return "Set the endpoint and region of this bucket.";
  return NULL;
}

/* Whether @text repeats something of a request that nobody is to see. */
static gboolean
names_secret (const char *text, const TytoS3Config *config)
{
  const char *const secrets[] = { config->access_key, config->secret_key, config->session_token };

  for (guint i = 0; i < G_N_ELEMENTS (secrets); i++)
    if (*secrets[i] != '\0' && strstr (text, secrets[i]) != NULL)
      return TRUE;
  return strstr (text, "Signature=") != NULL;
}

/* The server's own words, on one line. (transfer full) */
static char *
tell_message (const TytoS3Refusal *self, const TytoS3Config *config)
{
  g_autofree char *valid = g_utf8_make_valid (self->message, -1);
  g_autofree char *line = NULL;

  if (*valid == '\0' || names_secret (valid, config))
    return g_strdup ("");
  line = g_utf8_substring (valid, 0, MIN (g_utf8_strlen (valid, -1), MESSAGE_CHARACTERS));
  g_strdelimit (line, "\r\n\t", ' ');
  g_strstrip (line);
  return g_strdup_printf (": %s", line);
}

static const char *
verb (const TytoS3Refusal *self)
{
  if (tyto_s3_refusal_has_code (self, "NoSuchUpload"))
    return "has no such upload of";
  if (self->status == 404)
    return "does not have";
  return self->status < 300 || self->status >= 500 ? "failed with" : "refused";
}

static gboolean
is_code (const char *text)
{
  gsize length = 0;

  while (g_ascii_isalnum (text[length]) || text[length] == '.')
    length++;
  return length > 0 && length < 100 && text[length] == '\0';
}

static gboolean
is_region (const char *text)
{
  gsize length = strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789-");

  return length > 0 && length < 64 && text[length] == '\0';
}

void
tyto_s3_refusal_set_error (const TytoS3Refusal *self, const TytoS3Config *config, const char *what,
                           GError **error)
{
  g_autofree char *message = tell_message (self, config);
  g_autofree char *code = is_code (self->code) && !names_secret (self->code, config)
                              ? g_strdup (self->code)
                              : g_strdup_printf ("HTTP %u", self->status);
  int row = find_code (self->code);
  TytoError kind = row >= 0 ? codes[row].error : error_for_status (self->status);
  const char *hint = row >= 0 ? codes[row].hint : hint_for_status (self->status);
  g_autofree char *region_hint = NULL;

  if (is_region (self->region) && !names_secret (self->region, config)
      && strcmp (self->region, config->region) != 0)
    region_hint = g_strdup_printf ("Set the region to %s.", self->region);
  tyto_set_error (error, kind, region_hint != NULL ? region_hint : hint,
                  "The object store %s %s: %s%s", verb (self), what, code, message);
}
