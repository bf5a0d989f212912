/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstCameraAuth:
 *
 * Answers a camera's challenges: Digest (RFC 7616: SHA-256, SHA-256-sess, MD5, MD5-sess; qop auth
 * or none, as RFC 2069) and Basic (RFC 7617). Of several the strongest is taken; Basic only when it
 * is all there is.
 */
typedef struct _GstCameraAuth GstCameraAuth;

/* @password: wiped when freed. */
GstCameraAuth *gst_camera_auth_new (const gchar *user, const gchar *password);
void gst_camera_auth_free (GstCameraAuth *self);

/* Takes the WWW-Authenticate headers (NULL-terminated) of a 401.
 * Returns: whether another try makes sense: FALSE when none is known to us, or what was sent was
 * refused and the nonce is not just stale: cameras lock users out. */
gboolean gst_camera_auth_challenge (GstCameraAuth *self, const gchar *const *challenges);

/* The Authorization header for a request, NULL before a challenge. (transfer full): a secret */
gchar *gst_camera_auth_answer (GstCameraAuth *self, const gchar *method, const gchar *uri);

/* Takes nextnonce of an Authentication-Info header. */
void gst_camera_auth_note_info (GstCameraAuth *self, const gchar *info);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraAuth, gst_camera_auth_free)

G_END_DECLS
