/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  GST_CAMERA_CHALLENGE_UNKNOWN,
  GST_CAMERA_CHALLENGE_BASIC,
  GST_CAMERA_CHALLENGE_DIGEST,
} GstCameraChallengeScheme;

/**
 * GstCameraChallenge: one of a WWW-Authenticate header (RFC 9110, 11.6.1), its values unquoted.
 * @algorithm: (nullable): as the camera writes it
 * @hash, @sess: what it means; known: whether it is one of ours
 * @qop: "auth" is offered; @only_int: no other than "auth-int" is
 */
typedef struct {
  GstCameraChallengeScheme scheme;
  gchar *realm;
  gchar *nonce;
  gchar *opaque;
  gchar *algorithm;
  GChecksumType hash;
  gboolean sess;
  gboolean known;
  gboolean qop;
  gboolean only_int;
  gboolean stale;
} GstCameraChallenge;

void gst_camera_challenge_free (GstCameraChallenge *self);

/* All of a header's value; none of one with control characters or longer than 8 KiB.
 * (transfer full) (element-type GstCameraChallenge) */
GPtrArray *gst_camera_challenge_read (const gchar *header);

/* 0: cannot be answered; else the more the better. */
guint gst_camera_challenge_get_strength (const GstCameraChallenge *self);

/* The value of a parameter in a list of those (Authentication-Info). (transfer full) (nullable):
 * when it is not there or empty, or @parameters are not as above */
gchar *gst_camera_challenge_find (const gchar *parameters, const gchar *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraChallenge, gst_camera_challenge_free)

G_END_DECLS
