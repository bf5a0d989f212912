/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mp4-fragments.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mp4-boxes.h"

/* A moof of half a second of video, the header of its mdat, and MP4_BEGINNING: one page as a rule,
 * else two that are one read. */
#define BLOCK    1024
#define MAX_MOOF (1 << 20) /* bytes; what is larger is damage */

/* Tyto's own index of the fragments (src/media/tyto-mp4-index.h) */
#define INDEX_HEAD  32 /* bytes: box, usertype, version and flags, number of entries */
#define INDEX_ENTRY 44 /* the first 8 are the offset of the moof */
#define TAIL        8192

static const guint8 index_usertype[] = { 0xa9, 0x4d, 0x20, 0xf7, 0x3c, 0x6b, 0x4b, 0x18,
                                         0x8e, 0x05, 0x62, 0xd1, 0xc9, 0x7f, 0x3a, 0xb4 };

/* @block: the file from @at on; @offsets: of the first samples of those @fragments that are last */
typedef struct {
  int fd;
  guint64 size;
  guint64 at;
  GByteArray *block;
  GArray *fragments; /* (element-type Mp4Fragment) */
  GArray *offsets;   /* (element-type guint64) */
  gboolean ok;
} Reader;

/* Returns @wanted bytes from @offset on, fewer where the file ends; of the block when they are
 * there. Valid until the next call. */
static Mp4Span
look (Reader *self, guint64 offset, gsize wanted)
{
  gssize got;

  wanted = MIN (wanted, self->size - MIN (offset, self->size));
  if (offset < self->at || offset + wanted > self->at + self->block->len) {
    g_byte_array_set_size (self->block, MAX (wanted, BLOCK));
    got = pread (self->fd, self->block->data, self->block->len, offset);
    g_byte_array_set_size (self->block, MAX (got, 0));
    self->at = offset;
  }
  wanted = MIN (wanted, self->at + self->block->len - offset);
  return (Mp4Span){ self->block->data + (offset - self->at), wanted, FALSE };
}

/* The bytes in front of @end that end with their own size, as mfra and the index do. */
static Mp4Span
sized_before (const Mp4Span *tail, gsize end)
{
  gsize size = end < 4 ? 0
                       : MP4_TYPE (tail->data[end - 4], tail->data[end - 3], tail->data[end - 2],
                                   tail->data[end - 1]);

  return size == 0 || size > end ? (Mp4Span){ NULL, 0, TRUE }
                                 : (Mp4Span){ tail->data + end - size, size, FALSE };
}

/* Has the kernel read all moofs that the index at the file's end names, in one go: to wait for one
 * after the other costs four times the CPU. It need not be true; what is read follows the boxes. */
static void
read_ahead (Reader *self)
{
  guint64 from = self->size - MIN (self->size, TAIL);
  Mp4Span tail = look (self, from, TAIL);
  Mp4Span mfra = sized_before (&tail, tail.size);
  Mp4Span index = sized_before (&tail, tail.size - mfra.size);

  if (mfra.bad || index.bad || index.size < INDEX_HEAD
      || memcmp (index.data + 8, index_usertype, sizeof index_usertype) != 0)
    return;
  index.data += INDEX_HEAD;
  index.size -= INDEX_HEAD;
  while (index.size >= INDEX_ENTRY) {
    Mp4Span entry = { index.data, INDEX_ENTRY, FALSE };

    posix_fadvise (self->fd, (off_t) mp4_take64 (&entry), BLOCK, POSIX_FADV_WILLNEED);
    index.data += INDEX_ENTRY;
    index.size -= INDEX_ENTRY;
  }
}

static void
add_run (const Mp4Run *run, gpointer user_data)
{
  Reader *self = user_data;
  const Mp4Fragment fragment = { run->count, run->sizes[0], 0, { 0 } };
  guint64 end = run->offset;

  for (guint i = 0; i < run->count; i++)
    end += run->sizes[i];
  self->ok = self->ok && run->offset <= end && end <= self->size;
  g_array_append_val (self->fragments, fragment);
  g_array_append_val (self->offsets, run->offset);
}

/* Where its samples begin comes after the moof, which is in the block until then. */
static gboolean
read_moof (Reader *self, Mp4Span body, guint64 offset)
{
  g_array_set_size (self->offsets, 0);
  if (!mp4_moof_for_each_run (body, offset, add_run, self) || !self->ok)
    return FALSE;
  for (guint i = 0; i < self->offsets->len; i++) {
    guint n = self->fragments->len - self->offsets->len + i;
    Mp4Fragment *fragment = &g_array_index (self->fragments, Mp4Fragment, n);
    Mp4Span first = look (self, g_array_index (self->offsets, guint64, i),
                          MIN (fragment->size, MP4_BEGINNING));

    memcpy (fragment->data, first.data, first.size);
    fragment->read = first.size;
  }
  return TRUE;
}

/* Whether mfra is the last box. */
static gboolean
read_boxes (Reader *self)
{
  guint32 type = 0;

  for (guint64 offset = 0; offset < self->size;) {
    Mp4Span head = look (self, offset, MP4_MAX_HEADER);
    guint header;
    guint64 size = mp4_box_size (head.data, head.size, self->size - offset, &type, &header);

    if (size == 0)
      return FALSE;
    if (type == MP4_TYPE ('m', 'o', 'o', 'f')) {
      Mp4Span moof = look (self, offset, MIN (size, MAX_MOOF));
      Mp4Span body = { moof.data + header, moof.size - header, FALSE };

      if (moof.size < size || !read_moof (self, body, offset))
        return FALSE;
    }
    offset += size;
  }
  return type == MP4_TYPE ('m', 'f', 'r', 'a');
}

GArray *
mp4_fragments_read (int fd)
{
  g_autoptr (GArray) fragments = g_array_new (FALSE, FALSE, sizeof (Mp4Fragment));
  g_autoptr (GArray) offsets = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr (GByteArray) block = g_byte_array_sized_new (BLOCK);
  Reader reader = { fd, 0, 0, block, fragments, offsets, TRUE };
  struct stat status;

  if (fstat (fd, &status) < 0)
    return NULL;
  reader.size = status.st_size;
  posix_fadvise (fd, 0, 0, POSIX_FADV_RANDOM); /* nothing is read ahead */
  read_ahead (&reader);
  return read_boxes (&reader) ? g_steal_pointer (&fragments) : NULL;
}
