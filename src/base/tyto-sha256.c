/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-sha256.h"

#include <gnutls/crypto.h>

#define BYTES 32

struct _TytoSha256 {
  gnutls_hash_hd_t hash;
};

static char *
to_hex (const guint8 digest[BYTES])
{
  GString *hex = g_string_sized_new (2 * BYTES);

  for (gsize i = 0; i < BYTES; i++)
    g_string_append_printf (hex, "%02x", digest[i]);
  return g_string_free (hex, FALSE);
}

TytoSha256 *
tyto_sha256_new (void)
{
  TytoSha256 *self = g_new (TytoSha256, 1);

  /* It fails for an algorithm that is not built in or not allowed, and this one always is. */
  if (gnutls_hash_init (&self->hash, GNUTLS_DIG_SHA256) != 0)
    g_error ("GnuTLS has no SHA-256");
  return self;
}

void
tyto_sha256_free (TytoSha256 *self)
{
  gnutls_hash_deinit (self->hash, NULL);
  g_free (self);
}

void
tyto_sha256_update (TytoSha256 *self, gconstpointer data, gsize length)
{
  if (length > 0)
    gnutls_hash (self->hash, data, length);
}

char *
tyto_sha256_finish (TytoSha256 *self)
{
  guint8 digest[BYTES];

  gnutls_hash_output (self->hash, digest);
  return to_hex (digest);
}

char *
tyto_sha256_of (gconstpointer data, gsize length)
{
  g_autoptr (TytoSha256) sum = tyto_sha256_new ();

  tyto_sha256_update (sum, data, length);
  return tyto_sha256_finish (sum);
}
