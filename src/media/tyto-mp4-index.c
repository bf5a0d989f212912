/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/tyto-mp4-index.h"

#include "media/tyto-mp4-box.h"

#define NS_PER_SECOND   1000000000U
#define FOUR_BYTES_EACH 0x3f /* of the numbers of traf, trun and sample in tfra: 8.8.10.3 */

const guint8 tyto_mp4_identity_usertype[TYTO_MP4_USERTYPE_SIZE] = {
  0x5b, 0x0e, 0x4c, 0x1a, 0x7d, 0x3f, 0x4e, 0x52, 0x9c, 0x86, 0x1f, 0x2a, 0xb4, 0xd0, 0x7e, 0x61,
};

const guint8 tyto_mp4_index_usertype[TYTO_MP4_USERTYPE_SIZE] = {
  0xa9, 0x4d, 0x20, 0xf7, 0x3c, 0x6b, 0x4b, 0x18, 0x8e, 0x05, 0x62, 0xd1, 0xc9, 0x7f, 0x3a, 0xb4,
};

/* @value * @numerator / @denominator, rounded to the nearest; G_MAXUINT64 when it is beyond that.
 */
static guint64
scale (guint64 value, guint32 numerator, guint32 denominator)
{
  guint64 whole = value / denominator;
  guint64 rest = (value % denominator) * numerator; /* below 2^64: both are below 2^32 */
  guint64 result;
  guint64 up;

  up = rest % denominator >= denominator - rest % denominator ? 1 : 0;
  if (!g_uint64_checked_mul (&result, whole, numerator)
      || !g_uint64_checked_add (&result, result, rest / denominator + up))
    return G_MAXUINT64;
  return result;
}

guint64
tyto_mp4_units_to_ns (guint64 units, guint32 timescale)
{
  return scale (units, NS_PER_SECOND, timescale);
}

guint64
tyto_mp4_ns_to_units (guint64 ns, guint32 timescale)
{
  return scale (ns, timescale, NS_PER_SECOND);
}

void
tyto_mp4_put_identity (GByteArray *to, const TytoMediaIdentity *identity)
{
  gsize box = tyto_mp4_box_begin_uuid (to, tyto_mp4_identity_usertype);

  tyto_mp4_put_u32 (to, 0);
  tyto_mp4_put_u64 (to, identity->sequence);
  tyto_mp4_put_u64 (to, (guint64) identity->wall_start_us);
  tyto_mp4_put_u64 (to, (guint64) identity->clock_offset_us);
  tyto_mp4_put_u64 (to, identity->monotonic_start_ns);
  tyto_mp4_put_u64 (to, (guint64) identity->camera_time_us);
  tyto_mp4_put_string (to, identity->camera);
  tyto_mp4_put_string (to, identity->stream);
  tyto_mp4_put_string (to, identity->run);
  tyto_mp4_box_end (to, box);
}

static void
put_index (GByteArray *to, const GArray *fragments)
{
  gsize box = tyto_mp4_box_begin_uuid (to, tyto_mp4_index_usertype);

  tyto_mp4_put_u32 (to, 0);
  tyto_mp4_put_u32 (to, fragments->len);
  for (guint i = 0; i < fragments->len; i++) {
    const TytoMediaFragment *fragment = &g_array_index (fragments, TytoMediaFragment, i);

    tyto_mp4_put_u64 (to, fragment->offset);
    tyto_mp4_put_u64 (to, fragment->size);
    tyto_mp4_put_u64 (to, fragment->time_ns);
    tyto_mp4_put_u64 (to, fragment->duration_ns);
    tyto_mp4_put_u32 (to, fragment->frames);
    tyto_mp4_put_u32 (to, fragment->key_frames);
    tyto_mp4_put_u16 (to, (guint16) fragment->track);
    tyto_mp4_put_u16 (to, fragment->key ? TYTO_MP4_INDEX_FLAG_KEY : 0);
  }
  tyto_mp4_put_u32 (to, to->len - (guint32) box + TYTO_MP4_INDEX_TAIL_SIZE);
  tyto_mp4_box_end (to, box);
}

/* 8.8.9–8.8.11 */
static void
put_random_access (GByteArray *to, const GArray *fragments, guint track, guint32 timescale)
{
  gsize mfra = tyto_mp4_box_begin (to, "mfra");
  gsize tfra = tyto_mp4_box_begin_full (to, "tfra", 1, 0);
  gsize mfro;
  gsize count_at;
  guint32 count = 0;

  tyto_mp4_put_u32 (to, track + 1);
  tyto_mp4_put_u32 (to, FOUR_BYTES_EACH);
  count_at = to->len;
  tyto_mp4_put_u32 (to, 0);
  for (guint i = 0; i < fragments->len; i++) {
    const TytoMediaFragment *fragment = &g_array_index (fragments, TytoMediaFragment, i);

    if (fragment->track != track || !fragment->key)
      continue;
    tyto_mp4_put_u64 (to, tyto_mp4_ns_to_units (fragment->time_ns, timescale));
    tyto_mp4_put_u64 (to, fragment->offset);
    for (guint number = 0; number < 3; number++)
      tyto_mp4_put_u32 (to, 1); /* its first traf, trun and sample */
    count++;
  }
  tyto_mp4_set_u32 (to, count_at, count);
  tyto_mp4_box_end (to, tfra);

  mfro = tyto_mp4_box_begin_full (to, "mfro", 0, 0);
  tyto_mp4_put_u32 (to, to->len - (guint32) mfra + 4);
  tyto_mp4_box_end (to, mfro);
  tyto_mp4_box_end (to, mfra);
}

void
tyto_mp4_put_trailer (GByteArray *to, const GArray *fragments, guint track, guint32 timescale)
{
  put_index (to, fragments);
  put_random_access (to, fragments, track, timescale);
}
