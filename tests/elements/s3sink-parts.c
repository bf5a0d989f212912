/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What s3sink is made of, without a server: parts and their ETags, the pace, the blocks. */
#include "s3/gsts3assembly.h"
#include "s3/gsts3pace.h"
#include "s3/gsts3part.h"

#include "base/tyto-error.h"

#define SECOND G_USEC_PER_SEC

static void
hash (gpointer part, gpointer user_data)
{
  gst_s3_part_hash (part);
}

static GPtrArray *
make_parts (const gchar *first, const gchar *second)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_s3_part_free);

  g_ptr_array_add (parts, gst_s3_part_new (second != NULL ? 1 : 0, g_bytes_new (first, 3)));
  if (second != NULL)
    g_ptr_array_add (parts, gst_s3_part_new (2, g_bytes_new (second, 3)));
  g_ptr_array_foreach (parts, hash, NULL);
  return parts;
}

static void
set_etag (GPtrArray *parts, guint index, const gchar *etag)
{
  GstS3Part *part = parts->pdata[index];

  g_free (part->etag);
  part->etag = g_strdup (etag);
}

static gboolean
compare (GPtrArray *parts, guint64 size, const gchar *etag, gboolean opaque)
{
  g_autoptr (TytoS3Object) object = tyto_s3_object_new ();
  g_autoptr (GError) error = NULL;
  gboolean same;

  object->size = size;
  g_free (object->etag);
  object->etag = g_strdup (etag);
  object->etag_is_opaque = opaque;
  same = gst_s3_parts_compare (parts, object, &error);
  if (!same)
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INTERNAL);
  return same;
}

#define MD5_ABC "900150983cd24fb0d6963f7d28e17f72" /* RFC 1321, A.5 */
#define MD5_XYZ "d16fb36f0911f878998c136191af705e"
#define OTHER   "00000000000000000000000000000000"

static void
test_single (void)
{
  g_autoptr (GPtrArray) parts = make_parts ("abc", NULL);

  g_assert_true (compare (parts, 3, MD5_ABC, FALSE)); /* its PUT had no ETag */
  g_assert_true (compare (parts, 3, "", FALSE));
  g_assert_true (compare (parts, 3, "W-something-else", FALSE));
  g_assert_false (compare (parts, 3, OTHER, FALSE));
  g_assert_false (compare (parts, 4, MD5_ABC, FALSE));
  g_assert_true (compare (parts, 3, OTHER, TRUE)); /* encrypted with keys of the server's */
  set_etag (parts, 0, OTHER);
  g_assert_true (compare (parts, 3, OTHER, TRUE));
  g_assert_false (compare (parts, 3, MD5_XYZ, TRUE)); /* not what its PUT said */
}

static void
test_several (void)
{
  g_autoptr (GPtrArray) parts = make_parts ("abc", "xyz");
  g_autoptr (GChecksum) md5 = g_checksum_new (G_CHECKSUM_MD5);
  g_autofree gchar *right = NULL;
  const GstS3Part *first = parts->pdata[0];
  const GstS3Part *second = parts->pdata[1];

  g_checksum_update (md5, first->md5, sizeof first->md5);
  g_checksum_update (md5, second->md5, sizeof second->md5);
  right = g_strconcat (g_checksum_get_string (md5), "-2", NULL);
  set_etag (parts, 0, MD5_ABC);
  set_etag (parts, 1, MD5_XYZ);
  g_assert_true (compare (parts, 6, right, FALSE));
  g_assert_false (compare (parts, 6, OTHER "-2", FALSE));
  g_assert_true (compare (parts, 6, OTHER "-2", TRUE));
  g_assert_true (compare (parts, 6, "another form", FALSE));
  g_assert_false (compare (parts, 7, right, FALSE));
  set_etag (parts, 1, OTHER); /* a server whose ETags are no MD5s */
  g_assert_true (compare (parts, 6, OTHER "-2", FALSE));
}

static void
test_etag_forms (void)
{
  g_autoptr (GPtrArray) parts = make_parts ("abc", NULL);

  g_assert_true (gst_s3_part_has_etag (parts->pdata[0], "900150983CD24FB0D6963F7D28E17F72"));
  g_assert_true (gst_s3_etag_is_md5 (MD5_ABC, 0));
  g_assert_true (gst_s3_etag_is_md5 (MD5_ABC "-12", 12));
  g_assert_false (gst_s3_etag_is_md5 (MD5_ABC "-12", 0));
  g_assert_false (gst_s3_etag_is_md5 (MD5_ABC "-12", 1));
  g_assert_false (gst_s3_etag_is_md5 ("900150983", 0));
  g_assert_false (gst_s3_etag_is_md5 ("", 0));
}

static void
test_pace (void)
{
  GstS3Pace pace = { 0 };

  g_assert_cmpint (gst_s3_pace_wait (&pace, 5 * SECOND), ==, 0);
  gst_s3_pace_spend (&pace, 5 * SECOND, 3000, 1000);
  g_assert_cmpint (gst_s3_pace_wait (&pace, 5 * SECOND), ==, 3 * SECOND);
  g_assert_cmpint (gst_s3_pace_wait (&pace, 9 * SECOND), ==, 0);
  gst_s3_pace_spend (&pace, 9 * SECOND, 3000, 0); /* without a limit */
  g_assert_cmpint (gst_s3_pace_wait (&pace, 9 * SECOND), ==, 0);
}

static void
test_meter (void)
{
  GstS3Meter meter = { 0 };

  g_assert_cmpuint (gst_s3_meter_sample (&meter, SECOND, 0), ==, 0);
  for (guint i = 1; i <= 10; i++)
    g_assert_cmpuint (gst_s3_meter_sample (&meter, (1 + i) * SECOND, i * 100), ==, 100);
  /* It stands still: what was long ago does not count. */
  for (guint i = 11; i <= 18; i++)
    gst_s3_meter_sample (&meter, (1 + i) * SECOND, 1000);
  g_assert_cmpuint (gst_s3_meter_sample (&meter, 20 * SECOND, 1000), ==, 0);
  g_assert_cmpuint (gst_s3_meter_sample (&meter, 21 * SECOND, 900), ==, 0); /* a try failed */
}

static void
test_assembly (void)
{
  static const guint8 data[100] = { 1, 2, 3 };
  GstS3Assembly assembly = { 0 };
  g_autoptr (GBytes) block = NULL;

  gst_s3_assembly_begin (&assembly, 150, 0);
  g_assert_cmpuint (gst_s3_assembly_add (&assembly, data, 100), ==, 100);
  g_assert_false (gst_s3_assembly_is_full (&assembly));
  g_assert_cmpuint (gst_s3_assembly_add (&assembly, data, 100), ==, 50);
  g_assert_true (gst_s3_assembly_is_full (&assembly));
  g_assert_cmpuint (assembly.room, ==, 150);
  block = gst_s3_assembly_take (&assembly);
  g_assert_cmpuint (g_bytes_get_size (block), ==, 150);
  g_assert_cmpint (((const guint8 *) g_bytes_get_data (block, NULL))[101], ==, 2);
  g_assert_cmpuint (assembly.size, ==, 0);
  gst_s3_assembly_clear (&assembly);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/s3sink-parts/single", test_single);
  g_test_add_func ("/s3sink-parts/several", test_several);
  g_test_add_func ("/s3sink-parts/etag-forms", test_etag_forms);
  g_test_add_func ("/s3sink-parts/pace", test_pace);
  g_test_add_func ("/s3sink-parts/meter", test_meter);
  g_test_add_func ("/s3sink-parts/assembly", test_assembly);
  return g_test_run ();
}
