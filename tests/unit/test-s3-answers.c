/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The S3 client with answers that servers should not give. */
#include "base/tyto-error.h"
#include "s3-stub.h"

#include <string.h>

static void
put (TytoS3Client *client, GAsyncResult **result)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("body", 4);

  tyto_s3_client_put_object_async (client, "k", body, NULL, NULL, s3_stub_keep, result);
}

static void
answer_body (SoupServerMessage *message, guint number)
{
  /* libsoup would give the range alone. */
  soup_message_headers_remove (soup_server_message_get_request_headers (message), "Range");
  s3_stub_respond (message, 200, "0123456789");
}

/* A server that does not know Range sends all. */
static void
test_range_is_ignored (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_body);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  tyto_s3_client_read_object_async (stub->client, "k", 5, 2, NULL, NULL, s3_stub_keep, &result);
  g_assert_null (
      tyto_s3_client_read_object_finish (stub->client, s3_stub_wait (&result), NULL, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_UNSUPPORTED);
}

static void
answer_redirect (SoupServerMessage *message, guint number)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Location",
                                "http://127.0.0.1:1/elsewhere");
  s3_stub_respond (message, 307,
                   "<Error><Code>TemporaryRedirect</Code><Message>m</Message></Error>");
}

static void
test_redirects_are_not_followed (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_redirect);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  put (stub->client, &result);
  g_assert_null (tyto_s3_client_put_object_finish (stub->client, s3_stub_wait (&result), &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (tyto_error_hint (error), "endpoint"));
  g_assert_cmpuint (s3_stub_requests (stub), ==, 1);
}

static void
answer_other_region (SoupServerMessage *message, guint number)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                "x-amz-bucket-region", "eu-west-1");
  s3_stub_respond (message, 400, "");
}

static void
test_region_of_the_bucket (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_other_region);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  tyto_s3_client_head_bucket_async (stub->client, NULL, s3_stub_keep, &result);
  g_assert_false (tyto_s3_client_head_bucket_finish (stub->client, s3_stub_wait (&result), &error));
  g_assert_cmpstr (tyto_error_hint (error), ==, "Set the region to eu-west-1.");
}

static void
answer_endless (SoupServerMessage *message, guint number)
{
  g_autofree char *body = g_strnfill (9 * 1024 * 1024, ' ');

  s3_stub_respond (message, 200, body);
}

static void
test_an_answer_may_be_too_large (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_endless);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  tyto_s3_client_list_objects_async (stub->client, "", NULL, 0, NULL, s3_stub_keep, &result);
  g_assert_null (
      tyto_s3_client_list_objects_finish (stub->client, s3_stub_wait (&result), NULL, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_TOO_LARGE);
  g_assert_cmpuint (s3_stub_requests (stub), ==, 1);
}

/* The clock is learnt once, not for ever. */
static void
answer_skewed (SoupServerMessage *message, guint number)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Date",
                                "Sun, 06 Nov 2044 08:49:37 GMT");
  s3_stub_respond (message, 403, "<Error><Code>RequestTimeTooSkewed</Code></Error>");
}

static void
test_skewed_for_ever (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_skewed);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  put (stub->client, &result);
  g_assert_null (tyto_s3_client_put_object_finish (stub->client, s3_stub_wait (&result), &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_FORBIDDEN);
  g_assert_nonnull (strstr (tyto_error_hint (error), "clock"));
  g_assert_cmpuint (s3_stub_requests (stub), ==, 2);
}

static void
answer_delete (SoupServerMessage *message, guint number)
{
  s3_stub_respond (message, 200,
                   number == 2 ? "<DeleteResult><Error><Key>k-1500</Key><Code>AccessDenied</Code>"
                                 "<Message>no</Message></Error><Error><Key>k-1501</Key>"
                                 "<Code>NoSuchKey</Code></Error></DeleteResult>"
                               : "<DeleteResult/>");
}

static void
test_some_are_not_deleted (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_delete);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) keys = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GHashTable) left = NULL;

  for (guint i = 0; i < 2500; i++) {
    g_autofree char *key = g_strdup_printf ("k-%u", i);

    g_strv_builder_add (builder, key);
  }
  keys = g_strv_builder_end (builder);
  tyto_s3_client_delete_objects_async (stub->client, (const char *const *) keys, NULL, s3_stub_keep,
                                       &result);
  left = tyto_s3_client_delete_objects_finish (stub->client, s3_stub_wait (&result), NULL);
  g_assert_cmpuint (s3_stub_requests (stub), ==, 3);
  g_assert_cmpuint (g_hash_table_size (left), ==, 1);
  g_assert_cmpstr (g_hash_table_lookup (left, "k-1500"), ==,
                   "The object store refused to delete the object k-1500: AccessDenied: no");
}

static void
answer_parts (SoupServerMessage *message, guint number)
{
  s3_stub_respond (message, 200,
                   number == 1
                       ? "<ListPartsResult><IsTruncated>true</IsTruncated><Part><PartNumber>"
                         "1</PartNumber><ETag>a</ETag><Size>5</Size></Part>"
                         "</ListPartsResult>"
                       : "<ListPartsResult><IsTruncated>true</IsTruncated><Part><PartNumber>"
                         "2</PartNumber><ETag>b</ETag><Size>6</Size></Part>"
                         "</ListPartsResult>");
}

/* The third page is the second one again: it would be asked for without end. */
static void
test_parts_come_in_pages (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_parts);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) parts = NULL;

  tyto_s3_client_list_parts_async (stub->client, "k", "u", NULL, s3_stub_keep, &result);
  parts = tyto_s3_client_list_parts_finish (stub->client, s3_stub_wait (&result), NULL);
  g_assert_cmpuint (parts->len, ==, 2);
  g_assert_cmpuint (((TytoS3Part *) parts->pdata[1])->size, ==, 6);
  g_assert_cmpuint (s3_stub_requests (stub), ==, 3);
}

static void
answer_uploads (SoupServerMessage *message, guint number)
{
  s3_stub_respond (message, 200,
                   "<R><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
                   "<NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>"
                   "<Upload><Key>a%2Bb+c</Key><UploadId>u</UploadId></Upload>"
                   "<Upload><Key>other</Key><UploadId>v</UploadId></Upload></R>");
}

static void
test_uploads_come_in_pages (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_uploads);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) uploads = NULL;

  tyto_s3_client_list_uploads_async (stub->client, "a", NULL, s3_stub_keep, &result);
  uploads = tyto_s3_client_list_uploads_finish (stub->client, s3_stub_wait (&result), NULL);
  g_assert_cmpuint (uploads->len, ==, 2); /* one of each page */
  g_assert_cmpstr (((TytoS3Upload *) uploads->pdata[0])->key, ==, "a+b c");
  g_assert_cmpuint (s3_stub_requests (stub), ==, 2);
}

static void
answer_prefixes (SoupServerMessage *message, guint number)
{
  if (number == 1)
    s3_stub_respond (message, 200,
                     "<R><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>"
                     "<NextContinuationToken>t</NextContinuationToken>"
                     "<CommonPrefixes><Prefix>a%2Bb+c/</Prefix></CommonPrefixes>"
                     "<Contents><Key>file</Key></Contents></R>");
  else
    s3_stub_respond (message, 200,
                     "<R><IsTruncated>false</IsTruncated>"
                     "<CommonPrefixes><Prefix>z/</Prefix></CommonPrefixes></R>");
}

static void
test_prefixes_come_in_pages (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_prefixes);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) prefixes = NULL;

  tyto_s3_client_list_prefixes_async (stub->client, "", NULL, s3_stub_keep, &result);
  prefixes = tyto_s3_client_list_prefixes_finish (stub->client, s3_stub_wait (&result), NULL);
  g_assert_cmpuint (prefixes->len, ==, 2);
  g_assert_cmpstr (prefixes->pdata[0], ==, "a+b c/");
  g_assert_cmpstr (prefixes->pdata[1], ==, "z/");
  g_assert_cmpuint (s3_stub_requests (stub), ==, 2);
}

static void
answer_truncated (SoupServerMessage *message, guint number)
{
  s3_stub_respond (message, 200, "<R><IsTruncated>true</IsTruncated></R>");
}

static void
test_a_list_that_does_not_go_on (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_truncated);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *continuation = NULL;

  tyto_s3_client_list_objects_async (stub->client, "", NULL, 0, NULL, s3_stub_keep, &result);
  g_assert_null (tyto_s3_client_list_objects_finish (stub->client, s3_stub_wait (&result),
                                                     &continuation, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INTERNAL);
  g_assert_null (continuation);
}

static void
answer_no_id (SoupServerMessage *message, guint number)
{
  s3_stub_respond (message, 200, "<InitiateMultipartUploadResult/>");
}

static void
test_an_upload_without_an_id (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_no_id);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  tyto_s3_client_create_multipart_async (stub->client, "k", NULL, NULL, s3_stub_keep, &result);
  g_assert_null (
      tyto_s3_client_create_multipart_finish (stub->client, s3_stub_wait (&result), &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INTERNAL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/s3/answers/range-is-ignored", test_range_is_ignored);
  g_test_add_func ("/s3/answers/redirect", test_redirects_are_not_followed);
  g_test_add_func ("/s3/answers/region-of-the-bucket", test_region_of_the_bucket);
  g_test_add_func ("/s3/answers/too-large", test_an_answer_may_be_too_large);
  g_test_add_func ("/s3/answers/skewed-for-ever", test_skewed_for_ever);
  g_test_add_func ("/s3/answers/some-are-not-deleted", test_some_are_not_deleted);
  g_test_add_func ("/s3/answers/parts-in-pages", test_parts_come_in_pages);
  g_test_add_func ("/s3/answers/uploads-in-pages", test_uploads_come_in_pages);
  g_test_add_func ("/s3/answers/prefixes-in-pages", test_prefixes_come_in_pages);
  g_test_add_func ("/s3/answers/endless-list", test_a_list_that_does_not_go_on);
  g_test_add_func ("/s3/answers/upload-without-id", test_an_upload_without_an_id);
  return g_test_run ();
}
