/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SIM_AUTH_NONE,
  SIM_AUTH_BASIC,  /* RFC 7617 */
  SIM_AUTH_DIGEST, /* RFC 2617 (MD5), RFC 7616 (SHA-256) */
} SimAuthMode;

typedef enum {
  SIM_AUTH_REFUSED,
  SIM_AUTH_STALE, /* right answer to an old nonce */
  SIM_AUTH_GRANTED,
} SimAuthResult;

/* Who may see the cameras. */
typedef struct {
  SimAuthMode mode;
  gboolean sha256;        /* algorithm of Digest */
  gboolean qop;           /* offer qop="auth"; few cameras do */
  gboolean describe_only; /* ask in DESCRIBE, SETUP and PLAY only */
  guint nonce_lifetime;   /* seconds, 0: for ever */
  char *user;             /* nullable */
  char *password;         /* nullable; never printed */
} SimAuth;

void sim_auth_clear (SimAuth *self);

/* Returns: (transfer full) a fresh nonce. */
char *sim_auth_make_nonce (void);

/* Whether @method has to be authenticated at all. */
gboolean sim_auth_wants (const SimAuth *self, const char *method);

/* Judges an Authorization header (nullable). @old_nonce (nullable) is one whose time is over. */
SimAuthResult sim_auth_check (const SimAuth *self, const char *method, const char *uri,
                              const char *authorization, const char *nonce, const char *old_nonce);

/* Appends the WWW-Authenticate header line. */
void sim_auth_append_challenge (const SimAuth *self, const char *nonce, gboolean stale,
                                GString *response);

G_END_DECLS
