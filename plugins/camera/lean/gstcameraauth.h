/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstCameraAuth:
 *
 * Answers a camera's challenges: Digest (RFC 7616: SHA-256, SHA-256-sess, MD5, MD5-sess; qop auth
 * or none, as RFC 2069) and Basic (RFC 7617). Of several the strongest is taken; Basic only when it
 * is all there is, and never after Digest. One is for one host: what it sends is of use to who gets
 * it. To be used by one thread at a time.
 */
typedef struct _GstCameraAuth GstCameraAuth;

/* @user: (nullable): then no challenge is answered
 * @password: (nullable): empty; wiped when freed. */
GstCameraAuth *gst_camera_auth_new (const gchar *user, const gchar *password);
void gst_camera_auth_free (GstCameraAuth *self);

/* Takes the WWW-Authenticate headers (NULL-terminated) of a 401; one may hold several challenges.
 *
 * Returns: whether another try makes sense: FALSE when none is known to us, or what was sent was
 * refused and the nonce is not just stale: cameras lock users out. A camera says "stale", or gives
 * another nonce after it took answers to the last: many do not say it. FALSE too when it says
 * "stale" of each of four in a row. After FALSE there is no answer. */
gboolean gst_camera_auth_challenge (GstCameraAuth *self, const gchar *const *challenges);

/* The value of an Authorization header for a request, each for one: answers are counted. @uri: as
 * in the request's line. NULL before a challenge, and for a @uri that no header can hold.
 * (transfer full): a secret */
gchar *gst_camera_auth_answer (GstCameraAuth *self, const gchar *method, const gchar *uri);

/* Takes nextnonce of an Authentication-Info header (RFC 7616, 3.5). */
void gst_camera_auth_note_info (GstCameraAuth *self, const gchar *info);

/* For tests: the cnonce of the next challenges instead of a random one. */
void gst_camera_auth_set_cnonce (GstCameraAuth *self, const gchar *cnonce);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraAuth, gst_camera_auth_free)

G_END_DECLS
