/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcameradescription.h"

#include "camera/lean/gstcameradepay.h"
#include "camera/lean/gstcamerasdp.h"

static void
choose (const GstSDPMessage *sdp, const gchar *kind, GstCameraChoice *choice)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp) && choice->caps == NULL; i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    if (g_strcmp0 (gst_sdp_media_get_media (media), kind) != 0)
      continue;
    choice->caps = gst_camera_sdp_caps (media, gst_camera_depay_knows);
    if (choice->caps != NULL) {
      choice->media = i;
      choice->control = g_strdup (gst_sdp_media_get_attribute_val (media, "control"));
    }
  }
}

GstCameraDescription *
gst_camera_description_new (const GstSDPMessage *sdp, gboolean audio_wanted)
{
  GstCameraDescription *self = g_new0 (GstCameraDescription, 1);

  self->audio_wanted = audio_wanted;
  self->control = g_strdup (gst_sdp_message_get_attribute_val (sdp, "control"));
  choose (sdp, "video", &self->video);
  if (audio_wanted)
    choose (sdp, "audio", &self->audio);
  return self;
}

static void
choice_clear (GstCameraChoice *choice)
{
  gst_clear_caps (&choice->caps);
  g_free (choice->control);
}

void
gst_camera_description_free (GstCameraDescription *self)
{
  choice_clear (&self->video);
  choice_clear (&self->audio);
  g_free (self->control);
  g_free (self);
}

static gboolean
choice_equal (const GstCameraChoice *a, const GstCameraChoice *b)
{
  if (a->caps == NULL || b->caps == NULL)
    return a->caps == b->caps;
  return a->media == b->media && gst_caps_is_equal (a->caps, b->caps)
         && g_strcmp0 (a->control, b->control) == 0;
}

gboolean
gst_camera_description_equal (const GstCameraDescription *a, const GstCameraDescription *b)
{
  return a->audio_wanted == b->audio_wanted && g_strcmp0 (a->control, b->control) == 0
         && choice_equal (&a->video, &b->video) && choice_equal (&a->audio, &b->audio);
}
