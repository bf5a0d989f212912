/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcameravideodepay.h"

#include "camera/lean/gstcamerabytes.h"

#define FIRST_SLICE 0x80 /* first_mb_in_slice is 0; first_slice_segment_in_pic_flag */
#define START_CODE  3    /* bytes: 0, 0, 1 */
#define START_BIT   0x80 /* of an FU header */
#define END_BIT     0x40

/* Of what waits for a picture: metadata in SEI messages is some KiB. */
#define LARGEST_HEAD (1024 * 1024)

GstCameraVideoDepay *
gst_camera_video_depay_new (const GstCameraVideoCodec *codec, GstCameraDepayOutput *output)
{
  GstCameraVideoDepay *self = g_new0 (GstCameraVideoDepay, 1);

  self->codec = codec;
  self->output = output;
  self->format = (GstCameraNalFormat){ .h265 = codec->h265, .length_size = 4 };
  gst_camera_parameter_sets_init (&self->sets);
  gst_camera_loss_init (&self->loss);
  return self;
}

void
gst_camera_video_depay_free (gpointer format)
{
  GstCameraVideoDepay *self = format;

  gst_camera_access_unit_clear (&self->unit);
  gst_camera_parameter_sets_clear (&self->sets);
  gst_clear_caps (&self->caps);
  g_free (self);
}

static void
put (GstCameraVideoDepay *self, const guint8 *nal, gsize size)
{
  gboolean changed = FALSE;

  if (!self->codec->put (&self->sets, nal, size, &changed))
    self->output->counters.malformed++;
  self->changed |= changed;
}

static void
take_of_sdp (gpointer owner, const guint8 *nal, gsize size)
{
  GstCameraVideoDepay *self = owner;

  if (size > self->codec->header && self->codec->kind (nal) == GST_CAMERA_NAL_PARAMETERS)
    put (self, nal, size);
}

void
gst_camera_video_depay_read_sdp (GstCameraVideoDepay *self, const gchar *base64)
{
  gst_camera_parameter_sets_read_sdp (base64, take_of_sdp, self);
}

/* Whether there are caps for what comes now; those that are new are told. */
static gboolean
describe (GstCameraVideoDepay *self)
{
  g_autoptr (GstCaps) caps = NULL;

  if (!self->changed)
    return self->caps != NULL;
  caps = self->codec->caps (&self->sets);
  if (caps == NULL)
    return FALSE;
  self->changed = FALSE;
  if (self->caps == NULL || !gst_caps_is_equal (caps, self->caps)) {
    gst_caps_replace (&self->caps, caps);
    self->output->events.caps (self->output->owner, self->caps);
  }
  return TRUE;
}

static void
give (GstCameraVideoDepay *self)
{
  GstCameraUnit unit = { .rtp = self->rtp, .whole = !self->broken, .missing = self->missing };

  if (describe (self)) {
    unit.buffer = gst_camera_access_unit_take (&self->unit, self->key);
    unit.picture = gst_camera_picture_of (&self->format, unit.buffer);
    if (unit.picture != GST_CAMERA_PICTURE_RANDOM_ACCESS && unit.picture != GST_CAMERA_PICTURE_OPEN)
      GST_BUFFER_FLAG_SET (unit.buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    self->missing = 0;
    self->output->events.unit (self->output->owner, &unit);
  } else {
    gst_camera_access_unit_clear (&self->unit);
  }
  self->given = TRUE;
  self->slices = self->key = self->broken = FALSE;
}

/* Before a slice. @first: it is its picture's first, as far as it says itself. FALSE when there is
 * no picture any more that it belongs to. */
static gboolean
before_slice (GstCameraVideoDepay *self, const guint8 *nal, gboolean first)
{
  if (first && self->slices && self->marks_any)
    give (self);
  if (!first && !self->slices && self->marked) { /* a marker ended its picture, which has left */
    self->marks_any = TRUE;
    self->output->counters.broken_units++;
    return FALSE;
  }
  if (!first && !self->slices && !self->given)
    self->broken = TRUE;
  self->marked = FALSE;
  if (!self->slices)
    self->key = self->codec->is_key (nal);
  return TRUE;
}

/* Opens a NAL unit; @nal: its header and, when @size is more, what follows. FALSE when it is
 * dropped. */
static gboolean
open_nal (GstCameraVideoDepay *self, const guint8 *nal, gsize size)
{
  gboolean before_key = FALSE;

  switch (self->codec->kind (nal)) {
  case GST_CAMERA_NAL_SLICE:
    if (!before_slice (self, nal,
                       size > self->codec->header && (nal[self->codec->header] & FIRST_SLICE) != 0))
      return FALSE;
    break;
  case GST_CAMERA_NAL_PARAMETERS:
    before_key = TRUE;
    G_GNUC_FALLTHROUGH;
  case GST_CAMERA_NAL_DELIMITER:
  case GST_CAMERA_NAL_LEADER:
    /* Where markers can be relied on they are: rtph264pay puts parameter sets before every slice.
     */
    if (self->slices && self->marks_any)
      give (self);
    break;
  default:
    break;
  }
  gst_camera_access_unit_open (&self->unit, before_key || self->key);
  return self->unit.open;
}

void
gst_camera_video_depay_append (GstCameraVideoDepay *self, const guint8 *data, gsize size)
{
  if (!gst_camera_access_unit_append (&self->unit, data, size))
    self->broken = TRUE;
}

void
gst_camera_video_depay_drop (GstCameraVideoDepay *self)
{
  if (self->unit.open)
    self->broken = TRUE;
  gst_camera_access_unit_drop (&self->unit);
}

/* The open NAL unit is whole: it goes where it belongs. */
static void
settle (GstCameraVideoDepay *self)
{
  gsize size;
  const guint8 *nal = gst_camera_access_unit_peek (&self->unit, &size);
  GstCameraNalKind kind = GST_CAMERA_NAL_LEFT_OUT;

  while (size > 0 && nal[size - 1] == 0) /* trailing_zero_8bits, cabac_zero_words */
    size--;
  gst_camera_access_unit_cut (&self->unit, size);
  if (size > self->codec->header)
    kind = self->codec->kind (nal);
  if (kind == GST_CAMERA_NAL_PARAMETERS)
    put (self, nal, size);
  if (kind == GST_CAMERA_NAL_PARAMETERS || kind == GST_CAMERA_NAL_DELIMITER
      || kind == GST_CAMERA_NAL_LEFT_OUT || (kind == GST_CAMERA_NAL_TRAILER && !self->slices)) {
    gst_camera_access_unit_drop (&self->unit);
    return;
  }
  gst_camera_access_unit_close (&self->unit);
  self->slices |= kind == GST_CAMERA_NAL_SLICE;
  if (!self->slices && self->unit.size > LARGEST_HEAD)
    gst_camera_access_unit_clear (&self->unit);
}

/* As memmem(), which looks at each byte: few are 1. */
static const guint8 *
find_start_code (const guint8 *data, gsize size)
{
  const guint8 *end = data + size;
  const guint8 *at = size > 2 ? data + 2 : NULL;

  while (at != NULL && at < end) {
    at = memchr (at, 1, (gsize) (end - at));
    if (at != NULL && at[-1] == 0 && at[-2] == 0)
      return at - 2;
    at = at != NULL ? at + 1 : NULL;
  }
  return NULL;
}

/* NAL units never hold a start code (ITU-T H.264, 7.4.1): what is behind one is another. Slices are
 * searched only of cameras that are known for it. */
static gboolean
is_several (GstCameraVideoDepay *self, const guint8 *nal, gsize size)
{
  if (size <= self->codec->header
      || (!self->start_codes && self->codec->kind (nal) == GST_CAMERA_NAL_SLICE))
    return FALSE;
  return find_start_code (nal, size) != NULL;
}

static void
divide (GstCameraVideoDepay *self)
{
  gsize size;
  const guint8 *nal = gst_camera_access_unit_peek (&self->unit, &size);
  g_autofree guint8 *all = g_memdup2 (nal, size);
  const guint8 *at = all, *end = all + size;

  self->start_codes = TRUE;
  gst_camera_access_unit_drop (&self->unit);
  while (at < end) {
    const guint8 *next = find_start_code (at, (gsize) (end - at));

    size = (gsize) ((next != NULL ? next : end) - at);
    if (size > self->codec->header && open_nal (self, at, size)
        && gst_camera_access_unit_append (&self->unit, at, size))
      settle (self);
    at = next != NULL ? next + START_CODE : end;
  }
}

void
gst_camera_video_depay_close (GstCameraVideoDepay *self)
{
  const guint8 *nal;
  gsize size;

  if (!self->unit.open)
    return;
  nal = gst_camera_access_unit_peek (&self->unit, &size);
  if (is_several (self, nal, size))
    divide (self);
  else
    settle (self);
}

void
gst_camera_video_depay_open (GstCameraVideoDepay *self, const guint8 *nal, gsize size)
{
  gst_camera_video_depay_close (self); /* some cameras do not mark the end of the last */
  open_nal (self, nal, size);
}

void
gst_camera_video_depay_nal (GstCameraVideoDepay *self, const guint8 *nal, gsize size)
{
  gsize zeros = 0;

  while (zeros < size && nal[zeros] == 0)
    zeros++;
  if (zeros >= 2 && zeros < size && nal[zeros] == 1) {
    self->start_codes = TRUE;
    nal += zeros + 1;
    size -= zeros + 1;
  }
  if (size <= self->codec->header) {
    self->output->counters.malformed++;
    return;
  }
  gst_camera_video_depay_open (self, nal, size);
  gst_camera_video_depay_append (self, nal, size);
  gst_camera_video_depay_close (self);
}

void
gst_camera_video_depay_fragment (GstCameraVideoDepay *self, const guint8 *payload, gsize size)
{
  guint header = self->codec->header;
  guint8 nal[3];
  gsize so_far;

  if (size < header + 2) {
    self->output->counters.malformed++;
    return;
  }
  self->codec->restore (payload, nal);
  nal[header] = payload[header + 1];
  if (payload[header] & START_BIT) {
    gst_camera_video_depay_open (self, nal, header + 1);
    gst_camera_video_depay_append (self, nal, header);
  } else if (self->unit.open
             && ((*gst_camera_access_unit_peek (&self->unit, &so_far) ^ *nal)
                 & self->codec->type_mask)) {
    self->output->counters.malformed++;
    gst_camera_video_depay_drop (self);
  }
  if (!self->unit.open) /* its beginning is missing */
    return;
  gst_camera_video_depay_append (self, payload + header + 1, size - header - 1);
  if (payload[header] & END_BIT)
    gst_camera_video_depay_close (self);
}

void
gst_camera_video_depay_aggregate (GstCameraVideoDepay *self, const guint8 *data, gsize size)
{
  while (size > 2) {
    gsize length = gst_camera_bytes_get_uint16 (data);

    if (length == 0 || length > size - 2) {
      self->output->counters.malformed++;
      return;
    }
    gst_camera_video_depay_nal (self, data + 2, length);
    data += 2 + length;
    size -= 2 + length;
  }
}

/* The picture is over. Of one that was lost nothing goes to the next; what stands before one that
 * is still to come does. */
static void
end_picture (GstCameraVideoDepay *self)
{
  if (self->slices)
    give (self);
  else if (self->broken)
    gst_camera_access_unit_clear (&self->unit);
  self->broken = FALSE;
}

/* Packets are missing before @packet. */
static void
lose (GstCameraVideoDepay *self, const GstCameraRtpPacket *packet)
{
  gst_camera_video_depay_drop (self);
  if (self->slices && self->loss.marks && packet->rtp != self->rtp)
    self->broken = TRUE; /* the marker is one of them */
  self->marked = FALSE;
}

void
gst_camera_video_depay_take (gpointer format, const GstCameraRtpPacket *packet)
{
  GstCameraVideoDepay *self = format;
  GstCameraPacket seen
      = { .sequence = packet->sequence, .timestamp = packet->rtp, .last = packet->marker };
  guint missing;

  if (packet->gap > 0)
    lose (self, packet);
  if (packet->size == 0) {
    self->loss.sequence++; /* nothing of a picture */
    return;
  }
  gst_camera_packet_read_payload (&seen, packet->payload, (guint) packet->size, self->codec->h265);
  missing = gst_camera_loss_next (&self->loss, &seen);
  self->missing += missing;
  self->output->counters.broken_units += missing;

  if (packet->rtp != self->rtp) {
    gst_camera_video_depay_close (self);
    end_picture (self);
    self->marked = FALSE;
    self->rtp = packet->rtp;
  }
  self->broken |= self->loss.counted;
  self->codec->take (self, packet->payload, packet->size);
  if (!packet->marker)
    return;
  gst_camera_video_depay_close (self);
  if (self->slices && !self->marks_any) {
    end_picture (self);
    self->marked = TRUE;
  }
}

void
gst_camera_video_depay_flush (gpointer format)
{
  GstCameraVideoDepay *self = format;

  gst_camera_video_depay_close (self);
  end_picture (self);
}

void
gst_camera_video_depay_restart (gpointer format)
{
  GstCameraVideoDepay *self = format;

  gst_camera_access_unit_clear (&self->unit);
  gst_camera_loss_init (&self->loss);
  self->missing = 0;
  self->slices = self->key = self->broken = self->given = self->marked = self->marks_any = FALSE;
}
