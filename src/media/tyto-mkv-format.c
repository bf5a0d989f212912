/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-mkv-format.c: reads and mends a Matroska file (RFC 9559) as matroskamux writes it. */
#include "media/tyto-media-format.h"
#include "media/tyto-mkv-element.h"
#include "media/tyto-mkv-track.h"

#include <string.h>

#define WINDOW           8192
#define MIN_HEADER       12            /* bytes of the first element's id and size */
#define MAX_BODY         (1024 * 1024) /* bytes: of Info, Tracks, Tags */
#define MAX_BLOCK_HEADER 12            /* track number, 16 bits of time, flags */
#define BLOCK_KEY        0x80
#define DEFAULT_SCALE    1000000            /* ns */
#define CHECKED          (64 * 1024 * 1024) /* bytes at the end that may not have been synced */
#define CHUNK            (1024 * 1024)
#define MAX_NS           (G_GINT64_CONSTANT (366) * 86400 * 1000000000)

typedef struct {
  GArray *tracks; /* TytoMkvTrack */
  guint64 scale;
  TytoMkvElement segment;
  TytoMkvElement seek_head; /* id 0: none */
  TytoMkvElement cluster;   /* the last one that has a block */
  guint64 duration_at;      /* offset of the 8 bytes of it, 0: none */
  gboolean video;
  gint64 cluster_time; /* in units of @scale */
  gint64 first;        /* of the reference */
  gint64 last;
  guint64 timed;
  guint64 end; /* of the last whole block */
} Reader;

static void
reader_clear (Reader *self)
{
  g_clear_pointer (&self->tracks, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

static GBytes *
read_body (TytoMediaInput *input, const TytoMkvElement *element, TytoMediaCursor *body,
           GError **error)
{
  GBytes *bytes = NULL;

  if (tyto_mkv_element_is_whole (element, input->size) && element->size <= MAX_BODY)
    bytes = tyto_media_input_read (input, element->body, (gsize) element->size, error);
  if (bytes != NULL)
    tyto_media_cursor_init (body, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  return bytes;
}

static void
take_tracks (Reader *self, TytoMediaCursor body, TytoMediaFile *to)
{
  tyto_mkv_read_tracks (body, self->tracks);
  for (guint i = 0; i < self->tracks->len; i++) {
    const TytoMkvTrack *track = &g_array_index (self->tracks, TytoMkvTrack, i);
    char **codec = track->video ? &to->video_codec : &to->audio_codec;

    self->video |= track->video;
    if (**codec == '\0')
      tyto_media_format_set_text (codec, track->codec);
  }
}

/* Info, Tracks or Tags. Returns: whether it was whole. */
static gboolean
read_metadata (Reader *self, TytoMediaInput *input, const TytoMkvElement *element,
               TytoMediaFile *to, GError **error)
{
  TytoMediaCursor body;
  g_autoptr (GBytes) bytes = read_body (input, element, &body, error);
  gsize duration_at;

  if (bytes == NULL)
    return FALSE;
  if (element->id == TYTO_MKV_INFO) {
    tyto_mkv_read_info (body, &self->scale, &duration_at, &to->identity);
    self->duration_at = duration_at > 0 ? element->body + duration_at : 0;
  } else if (element->id == TYTO_MKV_TRACKS && self->tracks->len == 0) {
    take_tracks (self, body, to);
  } else if (element->id == TYTO_MKV_TAGS) {
    tyto_mkv_read_tags (body, &to->identity);
  }
  return TRUE;
}

/* Whether the end of the picture was written. */
static gboolean
has_end (TytoMediaInput *input, guint64 offset, guint64 size, GError **error)
{
  gsize end = (gsize) MIN (size, MAX_BLOCK_HEADER * 2);
  const guint8 *bytes = tyto_media_input_peek (input, offset + size - end, end, error);

  return bytes != NULL && !tyto_media_has_lost_end (bytes, end);
}

/* Counts the block whose body is at @offset. @key: -1 when its own flags say so. */
static gboolean
count_block (Reader *self, TytoMediaInput *input, guint64 offset, guint64 size, int key,
             TytoMediaFile *to, GError **error)
{
  gsize head = (gsize) MIN (size, MAX_BLOCK_HEADER);
  const guint8 *bytes = tyto_media_input_peek (input, offset, head, error);
  const TytoMkvTrack *track = NULL;
  TytoMediaCursor in;
  guint64 number;
  gint64 time;
  guint8 flags;

  if (bytes == NULL)
    return FALSE;
  tyto_media_cursor_init (&in, bytes, head);
  number = tyto_mkv_read_vint (&in);
  time = self->cluster_time + (gint16) tyto_media_cursor_u16 (&in);
  flags = tyto_media_cursor_u8 (&in);
  for (guint i = 0; i < self->tracks->len && track == NULL; i++)
    if (g_array_index (self->tracks, TytoMkvTrack, i).number == number)
      track = &g_array_index (self->tracks, TytoMkvTrack, i);
  if (in.failed || track == NULL)
    return FALSE;
  if (track->video && !has_end (input, offset, size, error))
    return FALSE;
  if (track->video && (key >= 0 ? key != 0 : (flags & BLOCK_KEY) != 0))
    to->key_frames++;
  if (!track->video)
    to->audio_frames++;
  else
    to->frames++;
  if (track->video == self->video) {
    self->first = self->timed == 0 ? time : MIN (self->first, time);
    self->last = self->timed == 0 ? time : MAX (self->last, time);
    self->timed++;
  }
  return TRUE;
}

/* A block with what belongs to it: a key frame refers to no other block (RFC 9559, 10.2). */
static gboolean
count_block_group (Reader *self, TytoMediaInput *input, const TytoMkvElement *group,
                   TytoMediaFile *to, GError **error)
{
  guint64 end = group->body + group->size;
  guint64 offset = group->body;
  TytoMkvElement block = { 0 };
  TytoMkvElement element;
  int key = 1;

  while (offset < end && tyto_mkv_element_peek (input, offset, &element, error)
         && tyto_mkv_element_is_whole (&element, end)) {
    if (element.id == TYTO_MKV_BLOCK)
      block = element;
    else if (element.id == TYTO_MKV_REFERENCE_BLOCK)
      key = 0;
    offset = element.body + element.size;
  }
  return offset == end && block.id != 0
         && count_block (self, input, block.body, block.size, key, to, error);
}

/* One element of a cluster. FALSE when it is none, or not whole. */
static gboolean
read_cluster_part (Reader *self, TytoMediaInput *input, const TytoMkvElement *cluster,
                   const TytoMkvElement *element, TytoMediaFile *to, GError **error)
{
  const guint8 *bytes;
  TytoMediaCursor body;

  if (!tyto_mkv_element_is_whole (element, input->size))
    return FALSE;
  switch (element->id) {
  case TYTO_MKV_TIMESTAMP:
    bytes = element->size <= 8
                ? tyto_media_input_peek (input, element->body, (gsize) element->size, error)
                : NULL;
    if (bytes == NULL)
      return FALSE;
    tyto_media_cursor_init (&body, bytes, (gsize) element->size);
    self->cluster_time = (gint64) MIN (tyto_mkv_read_uint (body), G_MAXINT64 / 2);
    return TRUE;
  case TYTO_MKV_SIMPLE_BLOCK:
  case TYTO_MKV_BLOCK_GROUP:
    if (element->id == TYTO_MKV_SIMPLE_BLOCK
            ? !count_block (self, input, element->body, element->size, -1, to, error)
            : !count_block_group (self, input, element, to, error))
      return FALSE;
    self->cluster = *cluster;
    self->end = element->body + element->size;
    return TRUE;
  default:
    return element->id == TYTO_MKV_POSITION || element->id == TYTO_MKV_PREV_SIZE
           || element->id == TYTO_MKV_VOID || element->id == TYTO_MKV_CRC;
  }
}

static gboolean
is_top_level (guint32 id)
{
  return id == TYTO_MKV_CLUSTER || id == TYTO_MKV_CUES || id == TYTO_MKV_TAGS
         || id == TYTO_MKV_CHAPTERS || id == TYTO_MKV_ATTACHMENTS || id == TYTO_MKV_INFO
         || id == TYTO_MKV_TRACKS || id == TYTO_MKV_SEEK_HEAD;
}

/* Returns: where the next element of the segment is; 0 when the cluster is not whole. */
static guint64
read_cluster (Reader *self, TytoMediaInput *input, const TytoMkvElement *cluster, TytoMediaFile *to,
              GError **error)
{
  gboolean known = cluster->size != TYTO_MKV_UNKNOWN_SIZE;
  guint64 offset = cluster->body;
  TytoMkvElement element;

  self->cluster_time = 0;
  while (!known || offset - cluster->body < cluster->size) {
    if (!tyto_mkv_element_peek (input, offset, &element, error))
      return 0;
    if (!known && is_top_level (element.id))
      return offset;
    if (!read_cluster_part (self, input, cluster, &element, to, error))
      return 0;
    offset = element.body + element.size;
  }
  return offset - cluster->body == cluster->size ? offset : 0;
}

/* Returns: where it ended: at the end of the file, or at what is not whole. */
static guint64
read_segment (Reader *self, TytoMediaInput *input, TytoMediaFile *to, GError **error)
{
  guint64 offset = self->segment.body;
  TytoMkvElement element;

  while (tyto_mkv_element_peek (input, offset, &element, error)) {
    guint64 next = 0;

    if (element.id == TYTO_MKV_CLUSTER) {
      if (self->tracks->len > 0)
        next = read_cluster (self, input, &element, to, error);
    } else if (tyto_mkv_element_is_whole (&element, input->size)) {
      next = element.body + element.size;
      if (element.id == TYTO_MKV_SEEK_HEAD)
        self->seek_head = element;
      else if ((element.id == TYTO_MKV_INFO || element.id == TYTO_MKV_TRACKS
                || element.id == TYTO_MKV_TAGS)
               && !read_metadata (self, input, &element, to, error))
        next = 0;
      else if (element.id != TYTO_MKV_VOID && !is_top_level (element.id))
        next = 0;
    }
    if (next == 0)
      break;
    offset = next;
  }
  return offset;
}

static guint64
get_duration (const Reader *self)
{
  guint64 units = (guint64) (self->last - self->first);
  guint64 one = 0;
  guint64 duration;

  if (self->timed > 1)
    one = units * self->scale / (self->timed - 1);
  for (guint i = 0; i < self->tracks->len; i++) {
    const TytoMkvTrack *track = &g_array_index (self->tracks, TytoMkvTrack, i);

    if (track->video == self->video && track->default_duration_ns > 0)
      one = track->default_duration_ns;
  }
  if (self->timed == 0 || !g_uint64_checked_mul (&duration, units, self->scale)
      || duration > MAX_NS)
    return 0;
  return duration + MIN (one, MAX_NS);
}

/* Reads all; @to->complete when the segment says how long it is, and it is. */
static gboolean
walk (Reader *self, TytoMediaInput *input, TytoMediaFile *to, GError **error)
{
  TytoMkvElement ebml;
  GError *failed = NULL;
  guint64 end = 0;
  gboolean ours;

  self->tracks = g_array_new (FALSE, FALSE, sizeof (TytoMkvTrack));
  self->scale = DEFAULT_SCALE;
  ours = tyto_mkv_element_peek (input, 0, &ebml, &failed) && ebml.id == TYTO_MKV_EBML;
  if (ours && tyto_mkv_element_is_whole (&ebml, input->size)
      && tyto_mkv_element_peek (input, ebml.body + ebml.size, &self->segment, &failed)
      && self->segment.id == TYTO_MKV_SEGMENT)
    end = read_segment (self, input, to, &failed);
  if (failed != NULL) {
    g_propagate_error (error, failed);
    return FALSE;
  }
  if (self->tracks->len == 0 && (ours || tyto_media_format_is_unwritten (input, 0, MIN_HEADER)))
    return tyto_media_format_miss (input, error);
  if (self->tracks->len == 0)
    return tyto_media_format_refuse (input, "its start is not that of a Matroska file", error);
  to->duration_ns = get_duration (self);
  to->complete = end == input->size && tyto_mkv_element_is_whole (&self->segment, end)
                 && self->segment.body + self->segment.size == end;
  to->bytes = to->complete ? end : self->end;
  return TRUE;
}

static gboolean
read_mkv (TytoMediaInput *input, TytoMediaFile *to, GError **error)
{
  g_auto (Reader) reader = { 0 };

  return walk (&reader, input, to, error);
}

/* Where in the last part of what was read a block of the disk was lost; @end when none was. */
static gboolean
find_lost (TytoMediaInput *input, guint64 end, guint64 *lost, GError **error)
{
  guint64 offset = end > CHECKED ? (end - CHECKED) / CHUNK * CHUNK : 0;

  for (*lost = end; offset < end; offset += CHUNK) {
    gsize size = (gsize) MIN (CHUNK, end - offset);
    g_autoptr (GBytes) bytes = tyto_media_input_read (input, offset, size, error);
    gsize position;

    if (bytes == NULL)
      return error == NULL || *error == NULL;
    position = tyto_media_find_lost_block (g_bytes_get_data (bytes, NULL), size, offset);
    if (position < size) {
      *lost = offset + position;
      return TRUE;
    }
  }
  return TRUE;
}

static gboolean
write_size (TytoMediaInput *input, const TytoMkvElement *element, guint64 end, GError **error)
{
  guint8 size[8];

  tyto_mkv_put_size (size, element->size_length, end - element->body);
  return tyto_media_input_write (input, element->size_at, size, element->size_length, error);
}

/* What it points to may be cut. */
static gboolean
void_seek_head (TytoMediaInput *input, const TytoMkvElement *element, GError **error)
{
  guint8 head[9] = { TYTO_MKV_VOID };

  tyto_mkv_put_size (head + 1, 8, element->body + element->size - element->offset - sizeof head);
  return tyto_media_input_write (input, element->offset, head, sizeof head, error);
}

static gboolean
write_duration (TytoMediaInput *input, const Reader *reader, guint64 duration_ns, GError **error)
{
  double duration = (double) duration_ns / (double) reader->scale;
  guint64 bits;

  memcpy (&bits, &duration, sizeof bits);
  bits = GUINT64_TO_BE (bits);
  return tyto_media_input_write (input, reader->duration_at, (const guint8 *) &bits, sizeof bits,
                                 error);
}

/* Reads the file again, up to the end of what can be used. */
static gboolean
read_again (Reader *reader, TytoMediaInput *input, TytoMediaFile *to, GError **error)
{
  guint64 lost;

  if (!find_lost (input, to->bytes, &lost, error))
    return FALSE;
  input->size = lost;
  to->frames = to->key_frames = to->audio_frames = 0;
  if (!walk (reader, input, to, error))
    return FALSE;
  return !tyto_media_format_is_empty (to) || tyto_media_format_miss (input, error);
}

static gboolean
mend_mkv (TytoMediaInput *input, TytoMediaFile *to, GError **error)
{
  g_auto (Reader) reader = { 0 };

  return read_again (&reader, input, to, error)
         && write_size (input, &reader.cluster, reader.end, error)
         && write_size (input, &reader.segment, reader.end, error)
         && (reader.seek_head.id == 0 || void_seek_head (input, &reader.seek_head, error))
         && (reader.duration_at == 0 || write_duration (input, &reader, to->duration_ns, error))
         && tyto_media_input_cut (input, reader.end, error);
}

const TytoMediaFormat tyto_media_format_mkv = { "mkv", WINDOW, read_mkv, mend_mkv };
