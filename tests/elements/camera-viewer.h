/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "camera/lean/gstcameraleansession.h"

G_BEGIN_DECLS

/* Takes what a session of the lean engine gives, and looks at it. Fields are guarded by lock. */
typedef struct {
  GstCameraLeanSession *session;
  gint64 origin; /* monotonic, µs, of running time 0 */

  GMutex lock;
  GCond changed;
  gboolean refuses; /* what ready() answers */
  gboolean no_time; /* now() knows none */
  gboolean gate;    /* unit() does not return before it is open again */
  gboolean calling; /* a call is under way */
  guint n_ready;
  guint session_timeout; /* s */
  guint n_grants;
  guint pictures, sounds;
  guint caps[2];
  gint64 stamp;                           /* of the last picture, -1: none */
  gint64 least, most;                     /* of the stamps */
  gboolean stamp_missing;                 /* between two that came one behind the other */
  gboolean broken;                        /* a picture was not whole, or some were missing */
  GstClockTime first_pts, pts, sound_pts; /* of the last of each */
  gboolean pts_fell;
  guint looks; /* at the time */
  guint n_clocks;
  gint64 camera_time; /* µs */
  GstClockTime clock_at;
  guint n_drained;
  guint n_ended;
  GError *error; /* nullable */
  gchar *again;  /* the same */
} Viewer;

Viewer *viewer_new (const gchar *uri, guint batch_ms);
Viewer *viewer_new_full (const GstCameraLeanSettings *settings);
/* Stops the session, and checks that it waits for no answer and calls no more. */
void viewer_free (Viewer *self);
/* As camerasrc's tests ask a camera for all it has. */
GstCameraLeanSettings viewer_settings (const gchar *uri, guint batch_ms);

guint viewer_get_pictures (Viewer *self);
void viewer_check_ended (Viewer *self, gint code, const gchar *text);

/* @condition: of the fields; fails the test when it does not come within 20 s */
#define viewer_wait(viewer, condition)                                                             \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 viewer_end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;                             \
                                                                                                   \
    g_mutex_lock (&(viewer)->lock);                                                                \
    while (!(condition))                                                                           \
      if (!g_cond_wait_until (&(viewer)->changed, &(viewer)->lock, viewer_end))                    \
        g_error ("did not come: %s; the end: %s", #condition,                                      \
                 (viewer)->error != NULL ? (viewer)->error->message : "none");                     \
    g_mutex_unlock (&(viewer)->lock);                                                              \
  }                                                                                                \
  G_STMT_END

G_END_DECLS
