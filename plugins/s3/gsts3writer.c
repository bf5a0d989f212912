/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s3/gsts3writer.h"

void
gst_s3_writer_init (GstS3Writer *self, GstBaseSink *sink)
{
  self->sink = sink;
  self->hash = tyto_sha256_new ();
}

void
gst_s3_writer_clear (GstS3Writer *self)
{
  gst_s3_writer_end (self);
  tyto_sha256_free (self->hash);
}

void
gst_s3_writer_begin (GstS3Writer *self, GstS3Upload *upload, guint64 part_size, guint64 threshold,
                     guint64 total)
{
  self->upload = upload;
  self->part_size = part_size;
  self->in_parts = total >= threshold;
  if (self->in_parts)
    gst_s3_assembly_begin (&self->assembly, part_size, part_size);
  else
    gst_s3_assembly_begin (&self->assembly, threshold, total);
}

void
gst_s3_writer_end (GstS3Writer *self)
{
  gst_s3_assembly_clear (&self->assembly);
  gst_s3_writer_get_sha256 (self); /* the hash begins anew */
  g_clear_pointer (&self->sha256, g_free);
  self->upload = NULL;
  self->in_parts = self->put = FALSE;
  self->bytes = 0;
}

/* @result: of a call that waits. Returns: whether it is to be made again. */
static gboolean
was_paused (GstS3Writer *self, GstFlowReturn *result)
{
  if (*result != GST_FLOW_FLUSHING)
    return FALSE;
  *result = gst_base_sink_wait_preroll (self->sink);
  return *result == GST_FLOW_OK;
}

static GstFlowReturn
push_part (GstS3Writer *self, GBytes *part)
{
  GstFlowReturn result;

  do
    result = gst_s3_upload_push (self->upload, part);
  while (was_paused (self, &result));
  return result;
}

/* More has come than goes by one PUT: what there is becomes the first parts. */
static GstFlowReturn
go_on_in_parts (GstS3Writer *self, GBytes *block)
{
  const guint8 *data = g_bytes_get_data (block, NULL);
  gsize size = g_bytes_get_size (block);
  GstFlowReturn result = GST_FLOW_OK;
  gsize at = 0;

  self->in_parts = TRUE;
  while (result == GST_FLOW_OK && size - at >= self->part_size) {
    g_autoptr (GBytes) part = g_bytes_new_from_bytes (block, at, self->part_size);

    result = push_part (self, part);
    at += self->part_size;
  }
  gst_s3_assembly_begin (&self->assembly, self->part_size, self->part_size);
  gst_s3_assembly_add (&self->assembly, data + at, size - at);
  return result;
}

static GstFlowReturn
send_block (GstS3Writer *self)
{
  g_autoptr (GBytes) block = gst_s3_assembly_take (&self->assembly);
  GstFlowReturn result;

  if (!self->in_parts)
    return go_on_in_parts (self, block);
  result = push_part (self, block);
  gst_s3_assembly_begin (&self->assembly, self->part_size, self->part_size);
  return result;
}

GstFlowReturn
gst_s3_writer_write (GstS3Writer *self, const guint8 *data, gsize size)
{
  GstFlowReturn result = GST_FLOW_OK;
  gsize taken = 0;

  if (!self->in_parts)
    tyto_sha256_update (self->hash, data, size);
  self->bytes += size;
  while (taken < size && result == GST_FLOW_OK) {
    if (gst_s3_assembly_is_full (&self->assembly))
      result = send_block (self);
    if (result == GST_FLOW_OK)
      taken += gst_s3_assembly_add (&self->assembly, data + taken, size - taken);
  }
  return result;
}

/* The last bytes go. */
static GstFlowReturn
send_rest (GstS3Writer *self)
{
  g_autoptr (GBytes) block = NULL;

  if (self->put || (self->bytes > 0 && self->in_parts && self->assembly.size == 0))
    return GST_FLOW_OK;
  block = gst_s3_assembly_take (&self->assembly);
  if (self->in_parts && self->bytes > 0)
    return push_part (self, block);
  self->put = TRUE;
  gst_s3_upload_put (self->upload, block, gst_s3_writer_get_sha256 (self));
  return GST_FLOW_OK;
}

GstFlowReturn
gst_s3_writer_finish (GstS3Writer *self)
{
  GstFlowReturn result = send_rest (self);

  if (result != GST_FLOW_OK)
    return result;
  do
    result = gst_s3_upload_finish (self->upload);
  while (was_paused (self, &result));
  return result;
}

const gchar *
gst_s3_writer_get_sha256 (GstS3Writer *self)
{
  if (self->sha256 == NULL)
    self->sha256 = tyto_sha256_finish (self->hash);
  return self->in_parts ? "" : self->sha256;
}
