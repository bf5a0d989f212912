/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera-viewer.h"

#include <string.h>

#include "camerasrc-camera.h"

#define TIMEOUT (10 * G_USEC_PER_SEC) /* of the camera's answers */

static void
enter (Viewer *self)
{
  g_mutex_lock (&self->lock);
  g_assert_false (self->calling); /* one at a time */
  self->calling = TRUE;
}

static void
leave (Viewer *self)
{
  self->calling = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static gboolean
on_ready (gpointer owner, const GArray *grants, guint session_timeout)
{
  Viewer *self = owner;
  gboolean wanted;

  enter (self);
  self->n_ready++;
  self->n_grants = grants->len;
  self->session_timeout = session_timeout;
  g_cond_broadcast (&self->changed);
  while (self->gate)
    g_cond_wait (&self->changed, &self->lock);
  wanted = !self->refuses;
  leave (self);
  return wanted;
}

static GstClockTime
on_now (gpointer owner)
{
  Viewer *self = owner;
  GstClockTime time = (GstClockTime) (g_get_monotonic_time () - self->origin) * GST_USECOND;

  enter (self);
  self->looks++;
  if (self->no_time)
    time = GST_CLOCK_TIME_NONE;
  leave (self);
  return time;
}

static void
on_caps (gpointer owner, guint media, GstCaps *caps)
{
  Viewer *self = owner;

  enter (self);
  g_assert_cmpuint (media, <, 2);
  self->caps[media]++;
  leave (self);
}

static void
note_picture (Viewer *self, const GstCameraUnit *unit, GstClockTime pts)
{
  gint64 stamp = camera_stamp_of (unit->buffer);

  self->least = self->pictures > 0 ? MIN (self->least, stamp) : stamp;
  self->most = MAX (self->most, stamp);
  if (self->pictures == 0)
    self->first_pts = pts;
  else if (stamp != self->stamp + 1)
    self->stamp_missing = TRUE;
  self->pts_fell |= self->pictures > 0 && pts <= self->pts;
  self->broken |= !unit->whole || unit->missing > 0;
  self->stamp = stamp;
  self->pts = pts;
  self->pictures++;
}

static void
on_unit (gpointer owner, guint media, const GstCameraUnit *unit, GstClockTime pts)
{
  Viewer *self = owner;

  enter (self);
  g_assert_cmpuint (self->n_drained + self->n_ended, ==, 0);
  g_assert_cmpuint (self->caps[media], >, 0);
  while (self->gate)
    g_cond_wait (&self->changed, &self->lock);
  if (media == 0) {
    note_picture (self, unit, pts);
  } else {
    self->sound_pts = pts;
    self->sounds++;
  }
  gst_buffer_unref (unit->buffer);
  leave (self);
}

static void
on_clock (gpointer owner, gint64 camera_time, GstClockTime running_time)
{
  Viewer *self = owner;

  enter (self);
  self->n_clocks++;
  self->camera_time = camera_time;
  self->clock_at = running_time;
  leave (self);
}

static void
on_drained (gpointer owner)
{
  Viewer *self = owner;

  enter (self);
  self->n_drained++;
  leave (self);
}

static void
on_ended (gpointer owner, const GError *error, const gchar *again)
{
  Viewer *self = owner;

  enter (self);
  g_assert_cmpuint (self->n_drained, ==, 0);
  self->n_ended++;
  g_clear_error (&self->error);
  self->error = g_error_copy (error);
  self->again = g_strdup (again);
  leave (self);
}

GstCameraLeanSettings
viewer_settings (const gchar *uri, guint batch_ms)
{
  return (GstCameraLeanSettings){
    .offer = { .uri = uri,
               .user = CAMERA_USER,
               .password = CAMERA_PASSWORD,
               .timeout_us = TIMEOUT,
               .audio = TRUE },
    .batch_ms = batch_ms,
  };
}

Viewer *
viewer_new_full (const GstCameraLeanSettings *settings)
{
  static const GstCameraLeanEvents events = { .ready = on_ready,
                                              .now = on_now,
                                              .caps = on_caps,
                                              .unit = on_unit,
                                              .clock = on_clock,
                                              .drained = on_drained,
                                              .ended = on_ended };
  Viewer *self = g_new0 (Viewer, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->origin = g_get_monotonic_time ();
  self->stamp = -1;
  self->session = gst_camera_lean_session_new (settings, &events, self);
  return self;
}

Viewer *
viewer_new (const gchar *uri, guint batch_ms)
{
  GstCameraLeanSettings settings = viewer_settings (uri, batch_ms);

  return viewer_new_full (&settings);
}

void
viewer_free (Viewer *self)
{
  gint64 start = g_get_monotonic_time ();

  gst_camera_lean_session_stop (self->session);
  g_assert_cmpint (g_get_monotonic_time () - start, <, TIMEOUT / 2);
  g_assert_false (self->calling);
  gst_camera_lean_session_free (self->session);
  g_assert_cmpuint (self->n_ended, <=, 1);
  g_assert_cmpuint (self->n_drained, <=, 1);
  g_clear_error (&self->error);
  g_free (self->again);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

guint
viewer_get_pictures (Viewer *self)
{
  guint pictures;

  g_mutex_lock (&self->lock);
  pictures = self->pictures;
  g_mutex_unlock (&self->lock);
  return pictures;
}

void
viewer_check_ended (Viewer *self, gint code, const gchar *text)
{
  viewer_wait (self, self->n_ended > 0);
  g_mutex_lock (&self->lock);
  g_assert_error (self->error, GST_RESOURCE_ERROR, code);
  g_assert_nonnull (strstr (self->error->message, text));
  g_assert_null (strstr (self->error->message, CAMERA_PASSWORD));
  g_mutex_unlock (&self->lock);
}
