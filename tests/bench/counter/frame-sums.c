/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "frame-sums.h"

#include <string.h>

#include "sim-packetizer.h"
#include "sim-stamp.h"

#define MAX_FRAME  (1 << 24) /* numbers beyond are none of a test's */
#define NAL_LENGTH 4

typedef struct {
  GByteArray *seen; /* a bit a frame number */
  guint64 frames;
  guint64 repeated;
} Camera;

struct _FrameSums {
  GMutex lock;
  GHashTable *cameras; /* number to Camera */
  guint64 damaged;
};

static void
camera_free (gpointer data)
{
  Camera *camera = data;

  g_byte_array_unref (camera->seen);
  g_free (camera);
}

FrameSums *
frame_sums_new (void)
{
  FrameSums *self = g_new0 (FrameSums, 1);

  g_mutex_init (&self->lock);
  self->cameras = g_hash_table_new_full (NULL, NULL, NULL, camera_free);
  return self;
}

void
frame_sums_free (FrameSums *self)
{
  g_hash_table_unref (self->cameras);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gboolean
is_seen (Camera *camera, guint64 frame)
{
  return frame / 8 < camera->seen->len && (camera->seen->data[frame / 8] & 1 << frame % 8);
}

static Camera *
get_camera (FrameSums *self, guint number)
{
  Camera *camera = g_hash_table_lookup (self->cameras, GUINT_TO_POINTER (number));

  if (camera == NULL) {
    camera = g_new0 (Camera, 1);
    camera->seen = g_byte_array_new ();
    g_hash_table_insert (self->cameras, GUINT_TO_POINTER (number), camera);
  }
  return camera;
}

static void
add_frame (Camera *camera, guint64 frame)
{
  guint need = frame / 8 + 1;

  if (is_seen (camera, frame)) {
    camera->repeated++;
    return;
  }
  if (need > camera->seen->len) {
    guint had = camera->seen->len;

    g_byte_array_set_size (camera->seen, need);
    memset (camera->seen->data + had, 0, need - had);
  }
  camera->seen->data[frame / 8] |= 1 << frame % 8;
  camera->frames++;
}

/* @whole: what has been read of it is as it should be. */
static void
add_frames (FrameSums *self, const SimStamp *stamp, guint count, gboolean whole)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Camera *camera;

  if (!whole || stamp->frame >= MAX_FRAME || count > MAX_FRAME - stamp->frame) {
    self->damaged += count;
    return;
  }
  camera = get_camera (self, stamp->camera);
  for (guint i = 0; i < count; i++)
    add_frame (camera, stamp->frame + i);
}

static gboolean
is_slice (SimCodec codec, const guint8 *nal)
{
  guint type = sim_nal_type (codec, nal);

  return codec == SIM_CODEC_H264 ? type >= 1 && type <= 5 : type < 32;
}

static gboolean
read_stamp (SimStamp *stamp, SimCodec *codec, const guint8 *nal, gsize size)
{
  *codec = SIM_CODEC_H264;
  if (sim_stamp_parse (stamp, *codec, nal, size))
    return TRUE;
  *codec = SIM_CODEC_H265;
  return sim_stamp_parse (stamp, *codec, nal, size);
}

/* A sample is stamped when one of its NAL units in @read bytes of it is the stamp. @whole: its NAL
 * units, as far as they begin in there, end where it does or beyond @read, and one is a slice. */
static gboolean
read_sample (const guint8 *data, gsize read, gsize size, SimStamp *stamp, gboolean *whole)
{
  gboolean stamped = FALSE, pictured = FALSE;
  SimCodec codec = SIM_CODEC_H264;
  gsize at = 0;

  while (size - at > NAL_LENGTH && read > at + NAL_LENGTH) {
    const guint8 *nal = data + at + NAL_LENGTH;
    gsize length = (gsize) nal[-4] << 24 | (gsize) nal[-3] << 16 | (gsize) nal[-2] << 8 | nal[-1];

    if (length == 0 || length > size - at - NAL_LENGTH)
      break;
    if (!stamped)
      stamped = read_stamp (stamp, &codec, nal, MIN (length, read - at - NAL_LENGTH));
    else
      pictured |= is_slice (codec, nal);
    at += NAL_LENGTH + length;
  }
  *whole = pictured && (at == size || (at < size && read < size && read <= at + NAL_LENGTH));
  return stamped;
}

void
frame_sums_add_sample (FrameSums *self, const guint8 *data, gsize size)
{
  SimStamp stamp;
  gboolean whole;

  if (read_sample (data, size, size, &stamp, &whole))
    add_frames (self, &stamp, 1, whole);
}

void
frame_sums_add_run (FrameSums *self, const guint8 *data, gsize read, gsize size, guint count)
{
  SimStamp stamp;
  gboolean whole;

  if (read_sample (data, read, size, &stamp, &whole))
    add_frames (self, &stamp, count, whole);
}

static void
describe_camera (Camera *camera, JsonBuilder *builder)
{
  guint64 end = (guint64) camera->seen->len * 8;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "frames");
  json_builder_add_int_value (builder, camera->frames);
  json_builder_set_member_name (builder, "repeated");
  json_builder_add_int_value (builder, camera->repeated);
  json_builder_set_member_name (builder, "spans");
  json_builder_begin_array (builder);
  for (guint64 frame = 0; frame < end; frame++) {
    if (!is_seen (camera, frame))
      continue;
    json_builder_begin_array (builder);
    json_builder_add_int_value (builder, frame);
    while (is_seen (camera, frame + 1))
      frame++;
    json_builder_add_int_value (builder, frame);
    json_builder_end_array (builder);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

void
frame_sums_describe (FrameSums *self, JsonBuilder *builder)
{
  GHashTableIter iter;
  gpointer number, camera;

  json_builder_set_member_name (builder, "damaged");
  json_builder_add_int_value (builder, self->damaged);
  json_builder_set_member_name (builder, "cameras");
  json_builder_begin_object (builder);
  g_hash_table_iter_init (&iter, self->cameras);
  while (g_hash_table_iter_next (&iter, &number, &camera)) {
    char name[16];

    g_snprintf (name, sizeof name, "%u", GPOINTER_TO_UINT (number));
    json_builder_set_member_name (builder, name);
    describe_camera (camera, builder);
  }
  json_builder_end_object (builder);
}
