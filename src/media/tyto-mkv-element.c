/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/tyto-mkv-element.h"

#define MAX_HEADER    12 /* bytes: of an id, 4, and a size, 8 */
#define MAX_ID_LENGTH 4

/* Its length is told by the zero bits in front of the marker; 0 when it is longer than @longest. */
static guint
vint_length (guint8 first, guint longest)
{
  guint length = 1;

  while (length <= longest && (first & (0x80 >> (length - 1))) == 0)
    length++;
  return length <= longest ? length : 0;
}

static guint64
read_size (TytoMediaCursor *in, guint *size_length)
{
  guint8 first = tyto_media_cursor_left (in) > 0 ? in->data[in->position] : 0;
  guint length = vint_length (first, 8);
  guint64 mask = length > 0 ? (G_GUINT64_CONSTANT (1) << (7 * length)) - 1 : 0;
  guint64 value;

  *size_length = length;
  if (length == 0) {
    in->failed = TRUE;
    return 0;
  }
  value = tyto_media_cursor_number (in, length) & mask;
  return value == mask ? TYTO_MKV_UNKNOWN_SIZE : value;
}

static guint32
read_id (TytoMediaCursor *in)
{
  guint8 first = tyto_media_cursor_left (in) > 0 ? in->data[in->position] : 0;
  guint length = vint_length (first, MAX_ID_LENGTH);

  if (length == 0)
    in->failed = TRUE;
  return (guint32) tyto_media_cursor_number (in, length);
}

gboolean
tyto_mkv_element_peek (TytoMediaInput *input, guint64 offset, TytoMkvElement *element,
                       GError **error)
{
  gsize left = offset < input->size ? (gsize) MIN (MAX_HEADER, input->size - offset) : 0;
  const guint8 *bytes = left > 0 ? tyto_media_input_peek (input, offset, left, error) : NULL;
  TytoMediaCursor in;

  if (bytes == NULL)
    return FALSE;
  tyto_media_cursor_init (&in, bytes, left);
  element->offset = offset;
  element->id = read_id (&in);
  element->size_at = offset + in.position;
  element->size = read_size (&in, &element->size_length);
  element->body = offset + in.position;
  return !in.failed;
}

gboolean
tyto_mkv_element_is_whole (const TytoMkvElement *self, guint64 end)
{
  return self->size != TYTO_MKV_UNKNOWN_SIZE && self->body <= end && self->size <= end - self->body;
}

gboolean
tyto_mkv_element_next (TytoMediaCursor *in, guint32 *id, TytoMediaCursor *body)
{
  guint64 size;
  guint size_length;

  if (tyto_media_cursor_left (in) == 0)
    return FALSE;
  *id = read_id (in);
  size = read_size (in, &size_length);
  if (size > tyto_media_cursor_left (in))
    in->failed = TRUE;
  *body = tyto_media_cursor_part (in, (gsize) size);
  return !in->failed;
}

guint64
tyto_mkv_read_vint (TytoMediaCursor *in)
{
  guint length;

  return read_size (in, &length);
}

guint64
tyto_mkv_read_uint (TytoMediaCursor body)
{
  return body.size <= 8 ? tyto_media_cursor_number (&body, (guint) body.size) : 0;
}

void
tyto_mkv_put_size (guint8 *to, guint length, guint64 size)
{
  guint64 unknown = (G_GUINT64_CONSTANT (1) << (7 * length)) - 1;
  guint64 coded = MIN (size, unknown) | G_GUINT64_CONSTANT (1) << (7 * length);

  for (guint i = 0; i < length; i++)
    to[i] = (guint8) (coded >> (8 * (length - 1 - i)));
}
