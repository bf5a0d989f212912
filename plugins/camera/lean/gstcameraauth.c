/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcameraauth.h"

#include "camera/lean/gstcamerachallenge.h"

#include <string.h>
#include <unistd.h>

#define STALE_MAX    3
#define CNONCE_BYTES 8

struct _GstCameraAuth {
  gchar *user;
  gchar *password;
  GstCameraChallenge *challenge; /* (nullable): that is answered */
  gchar *ha1;                    /* of Digest: as good as the password */
  gchar *cnonce;
  gchar *fixed_cnonce;
  guint count;    /* answers to the nonce, nc */
  guint answers;  /* since the last challenge */
  guint stales;   /* in a row without an answer that was taken */
  gboolean never; /* what was sent was refused */
};

static void
wipe (gchar **secret)
{
  if (*secret != NULL)
    explicit_bzero (*secret, strlen (*secret));
  g_clear_pointer (secret, g_free);
}

GstCameraAuth *
gst_camera_auth_new (const gchar *user, const gchar *password)
{
  GstCameraAuth *self = g_new0 (GstCameraAuth, 1);

  self->user = g_strdup (user);
  self->password = g_strdup (password != NULL ? password : "");
  return self;
}

static void
forget (GstCameraAuth *self)
{
  g_clear_pointer (&self->challenge, gst_camera_challenge_free);
  wipe (&self->ha1);
  g_clear_pointer (&self->cnonce, g_free);
}

void
gst_camera_auth_free (GstCameraAuth *self)
{
  forget (self);
  g_free (self->user);
  wipe (&self->password);
  g_free (self->fixed_cnonce);
  g_free (self);
}

void
gst_camera_auth_set_cnonce (GstCameraAuth *self, const gchar *cnonce)
{
  g_free (self->fixed_cnonce);
  self->fixed_cnonce = g_strdup (cnonce);
}

static gchar *
make_cnonce (const GstCameraAuth *self)
{
  guint32 random[CNONCE_BYTES / sizeof (guint32)];

  if (self->fixed_cnonce != NULL)
    return g_strdup (self->fixed_cnonce);
  if (getentropy (random, sizeof random) != 0) {
    for (guint i = 0; i < G_N_ELEMENTS (random); i++)
      random[i] = g_random_int ();
  }
  return g_strdup_printf ("%08x%08x", random[0], random[1]);
}

/* Of the strings up to a NULL, with colons between them. */
static gchar *G_GNUC_NULL_TERMINATED
hash (GChecksumType type, const gchar *first, ...)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (type);
  va_list more;

  va_start (more, first);
  for (const gchar *part = first; part != NULL; part = va_arg (more, const gchar *)) {
    if (part != first)
      g_checksum_update (checksum, (const guchar *) ":", 1);
    g_checksum_update (checksum, (const guchar *) part, (gssize) strlen (part));
  }
  va_end (more);
  return g_strdup (g_checksum_get_string (checksum));
}

/* The strongest; the first of those. */
static GstCameraChallenge *
choose (const gchar *const *headers)
{
  GstCameraChallenge *best = NULL;

  for (; *headers != NULL; headers++) {
    g_autoptr (GPtrArray) challenges = gst_camera_challenge_read (*headers);

    for (guint i = 0; i < challenges->len; i++) {
      GstCameraChallenge *challenge = challenges->pdata[i];
      guint strength = gst_camera_challenge_get_strength (challenge);

      if (strength > (best != NULL ? gst_camera_challenge_get_strength (best) : 0)) {
        g_clear_pointer (&best, gst_camera_challenge_free);
        best = g_steal_pointer (&challenges->pdata[i]);
      }
    }
  }
  return best;
}

/* Of two answers to one challenge the first was taken: else the second had not been asked for. */
static gboolean
may_try (GstCameraAuth *self, const GstCameraChallenge *next)
{
  const GstCameraChallenge *last = self->challenge;

  if (self->user == NULL || self->never)
    return FALSE;
  if (last == NULL)
    return TRUE;
  if (next->scheme == GST_CAMERA_CHALLENGE_BASIC)
    return last->scheme == GST_CAMERA_CHALLENGE_BASIC && self->answers == 0;
  if (self->answers == 0)
    return TRUE;
  if (self->answers == 1)
    return next->stale && ++self->stales <= STALE_MAX;
  self->stales = 0;
  return next->stale || g_strcmp0 (next->nonce, last->nonce) != 0;
}

/* The session's key of "-sess" stays what it was at the challenge (RFC 7616, 3.4.2). */
static void
take (GstCameraAuth *self, GstCameraChallenge *challenge)
{
  forget (self);
  self->challenge = challenge;
  self->count = 0;
  if (challenge->scheme != GST_CAMERA_CHALLENGE_DIGEST)
    return;
  self->cnonce = make_cnonce (self);
  self->ha1 = hash (challenge->hash, self->user, challenge->realm, self->password, NULL);
  if (challenge->sess) {
    g_autofree gchar *key = hash (challenge->hash, self->ha1, challenge->nonce, self->cnonce, NULL);

    wipe (&self->ha1);
    self->ha1 = g_steal_pointer (&key);
  }
}

gboolean
gst_camera_auth_challenge (GstCameraAuth *self, const gchar *const *challenges)
{
  g_autoptr (GstCameraChallenge) best = choose (challenges);
  gboolean again = best != NULL && may_try (self, best);

  if (again) {
    take (self, g_steal_pointer (&best));
  } else {
    self->never |= self->answers > 0;
    forget (self);
  }
  self->answers = 0;
  return again;
}

static gboolean
fits_header (const gchar *text)
{
  for (; *text != '\0'; text++) {
    if (g_ascii_iscntrl (*text))
      return FALSE;
  }
  return TRUE;
}

/* A quoted-string (RFC 9110, 5.6.4). */
static void
append_quoted (GString *header, const gchar *name, const gchar *value)
{
  g_string_append_printf (header, "%s%s=\"", header->str[header->len - 1] == ' ' ? "" : ", ", name);
  for (; *value != '\0'; value++) {
    if (*value == '"' || *value == '\\')
      g_string_append_c (header, '\\');
    g_string_append_c (header, *value);
  }
  g_string_append_c (header, '"');
}

/* RFC 7616, 3.4. What the camera did not say is left out: some refuse what they do not know. */
static gchar *
answer_digest (GstCameraAuth *self, const gchar *method, const gchar *uri)
{
  const GstCameraChallenge *challenge = self->challenge;
  g_autofree gchar *ha2 = hash (challenge->hash, method, uri, NULL);
  g_autofree gchar *count = g_strdup_printf ("%08x", ++self->count);
  g_autofree gchar *response = NULL;
  GString *header = g_string_new ("Digest ");

  append_quoted (header, "username", self->user);
  append_quoted (header, "realm", challenge->realm);
  append_quoted (header, "nonce", challenge->nonce);
  append_quoted (header, "uri", uri);
  if (challenge->qop)
    response = hash (challenge->hash, self->ha1, challenge->nonce, count, self->cnonce, "auth", ha2,
                     NULL);
  else
    response = hash (challenge->hash, self->ha1, challenge->nonce, ha2, NULL);
  append_quoted (header, "response", response);
  if (challenge->algorithm != NULL)
    g_string_append_printf (header, ", algorithm=%s", challenge->algorithm);
  if (challenge->opaque != NULL)
    append_quoted (header, "opaque", challenge->opaque);
  if (challenge->qop)
    g_string_append_printf (header, ", qop=auth, nc=%s", count);
  if (challenge->qop || challenge->sess)
    append_quoted (header, "cnonce", self->cnonce);
  return g_string_free (header, FALSE);
}

static gchar *
answer_basic (GstCameraAuth *self)
{
  g_autofree gchar *pair = g_strconcat (self->user, ":", self->password, NULL);
  g_autofree gchar *encoded = g_base64_encode ((const guchar *) pair, strlen (pair));
  gchar *header = g_strconcat ("Basic ", encoded, NULL);

  wipe (&pair);
  wipe (&encoded);
  return header;
}

gchar *
gst_camera_auth_answer (GstCameraAuth *self, const gchar *method, const gchar *uri)
{
  if (self->challenge == NULL || !fits_header (self->user) || !fits_header (uri))
    return NULL;
  self->answers += self->answers < G_MAXUINT;
  if (self->challenge->scheme == GST_CAMERA_CHALLENGE_BASIC)
    return answer_basic (self);
  return answer_digest (self, method, uri);
}

void
gst_camera_auth_note_info (GstCameraAuth *self, const gchar *info)
{
  g_autofree gchar *nonce = gst_camera_challenge_find (info, "nextnonce");

  if (nonce == NULL || self->ha1 == NULL)
    return;
  g_free (self->challenge->nonce);
  self->challenge->nonce = g_steal_pointer (&nonce);
  self->count = 0;
}
