/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the S3 client is made of: settings, URLs, XML, refusals. */
#include "base/tyto-error.h"
#include "store/s3/tyto-s3-client.h"
#include "store/s3/tyto-s3-error.h"
#include "store/s3/tyto-s3-node.h"
#include "store/s3/tyto-s3-request.h"

#include <string.h>

static TytoS3Config *
make_config (void)
{
  TytoS3Config *config = tyto_s3_config_new ();

  tyto_s3_config_set (&config->endpoint, "https://s3.example.net:9000");
  tyto_s3_config_set (&config->bucket, "recordings");
  tyto_s3_config_set (&config->access_key, "AKID");
  tyto_s3_config_set (&config->secret_key, "very-secret");
  return config;
}

static void
test_config (void)
{
  static const struct {
    gsize field;
    const char *wrong[6];
  } table[] = {
    { G_STRUCT_OFFSET (TytoS3Config, endpoint),
      { "", "s3.example.net", "ftp://h", "http://u:very-secret@h", "http://h/path",
        "http://h?a" } },
    { G_STRUCT_OFFSET (TytoS3Config, region), { "", "a/b", "a b" } },
    { G_STRUCT_OFFSET (TytoS3Config, bucket), { "", "a/b", "..", "-a", "b\nc" } },
    { G_STRUCT_OFFSET (TytoS3Config, access_key), { "", "a/b", "a b" } },
    { G_STRUCT_OFFSET (TytoS3Config, secret_key), { "" } },
    { G_STRUCT_OFFSET (TytoS3Config, session_token), { "very-secret\n" } },
  };
  g_autoptr (TytoS3Config) good = make_config ();

  g_assert_true (tyto_s3_config_check (good, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    for (gsize k = 0; k < G_N_ELEMENTS (table[i].wrong) && table[i].wrong[k] != NULL; k++) {
      g_autoptr (TytoS3Config) config = make_config ();
      g_autoptr (GError) error = NULL;

      tyto_s3_config_set (G_STRUCT_MEMBER_P (config, table[i].field), table[i].wrong[k]);
      g_assert_null (tyto_s3_client_new (config, &error));
      g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
      g_assert_null (strstr (error->message, "very-secret"));
      g_assert_nonnull (tyto_error_hint (error));
    }
  }
}

static void
test_addressing_names (void)
{
  TytoS3Addressing addressing = TYTO_S3_ADDRESSING_PATH;

  g_assert_true (tyto_s3_addressing_from_name ("virtual", &addressing));
  g_assert_cmpint (addressing, ==, TYTO_S3_ADDRESSING_VIRTUAL);
  g_assert_false (tyto_s3_addressing_from_name ("dns", &addressing));
  g_assert_cmpint (addressing, ==, TYTO_S3_ADDRESSING_VIRTUAL);
}

static void
test_urls (void)
{
  static const struct {
    const char *endpoint;
    TytoS3Addressing addressing;
    const char *key;
    const char *url;
    const char *host;
  } table[] = {
    { "https://h:9000", TYTO_S3_ADDRESSING_PATH, "a b/../c+d",
      "https://h:9000/recordings/a%20b/../c%2Bd", "h:9000" },
    { "https://h:443/", TYTO_S3_ADDRESSING_PATH, "a", "https://h/recordings/a", "h" },
    { "http://h", TYTO_S3_ADDRESSING_PATH, NULL, "http://h/recordings", "h" },
    { "http://h", TYTO_S3_ADDRESSING_VIRTUAL, "/a//b", "http://recordings.h//a//b",
      "recordings.h" },
    { "http://h", TYTO_S3_ADDRESSING_VIRTUAL, NULL, "http://recordings.h/", "recordings.h" },
    { "http://[::1]:81", TYTO_S3_ADDRESSING_PATH, "ü", "http://[::1]:81/recordings/%C3%BC",
      "[::1]:81" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (TytoS3Config) config = make_config ();
    g_autoptr (GUri) uri = NULL;
    g_autofree char *url = NULL;
    g_autofree char *host = NULL;

    tyto_s3_config_set (&config->endpoint, table[i].endpoint);
    config->addressing = table[i].addressing;
    uri = tyto_s3_config_build_uri (config, table[i].key, NULL);
    url = g_uri_to_string (uri);
    host = tyto_s3_uri_host (uri);
    g_assert_cmpstr (url, ==, table[i].url);
    g_assert_cmpstr (host, ==, table[i].host);
  }
}

static void
test_request_is_signed (void)
{
  g_autoptr (TytoS3Config) config = make_config ();
  g_autoptr (TytoS3Request) request = tyto_s3_request_new (SOUP_METHOD_PUT, "k", 0);
  g_autoptr (GBytes) body = g_bytes_new_static ("x", 1);
  g_autoptr (SoupMessage) first = NULL;
  g_autoptr (SoupMessage) second = NULL;
  SoupMessageHeaders *headers;
  const char *authorization;

  tyto_s3_config_set (&config->session_token, "token");
  tyto_s3_request_add_header (request, "content-type", "video/mp4");
  tyto_s3_request_set_body (request, body, NULL);
  first = tyto_s3_request_sign (request, config, 1440938160);
  second = tyto_s3_request_sign (request, config, 1440938161);
  headers = soup_message_get_request_headers (first);
  authorization = soup_message_headers_get_one (headers, "Authorization");
  g_assert_cmpstr (soup_message_headers_get_one (headers, "x-amz-date"), ==, "20150830T123600Z");
  g_assert_cmpstr (soup_message_headers_get_one (headers, "x-amz-security-token"), ==, "token");
  g_assert_cmpstr (soup_message_headers_get_one (headers, "x-amz-content-sha256"), ==,
                   "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
  g_assert_nonnull (strstr (authorization,
                            "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;"
                            "x-amz-security-token,"));
  g_assert_cmpstr (
      authorization, !=,
      soup_message_headers_get_one (soup_message_get_request_headers (second), "Authorization"));
}

static GBytes *
bytes (const char *text)
{
  return g_bytes_new (text, strlen (text));
}

static void
test_xml (void)
{
  g_autoptr (GBytes) document
      = bytes (" \n<?xml version=\"1.0\"?><!DOCTYPE a><s3:List xmlns:s3='u'><Key>a &amp; "
               "b&#x1;</Key><Size>12</Size><T>2024-01-02T03:04:05.678Z</T><ETag>&quot;ab&quot;"
               "</ETag><Bare>ab</Bare><Key>second</Key></s3:List>\n");
  g_autoptr (TytoS3Node) root = tyto_s3_node_parse (document, NULL);
  g_autofree char *etag = NULL;
  g_autofree char *bare = NULL;

  g_assert_nonnull (root);
  g_assert_cmpstr (root->name, ==, "List");
  g_assert_cmpstr (tyto_s3_node_text (root, "Key"), ==, "a & b\001");
  g_assert_cmpstr (tyto_s3_node_text (root, "None"), ==, "");
  g_assert_cmpuint (tyto_s3_node_number (root, "Size", 0), ==, 12);
  g_assert_cmpuint (tyto_s3_node_number (root, "Key", 7), ==, 7);
  g_assert_cmpint (tyto_s3_node_time (root, "T"), ==, G_GINT64_CONSTANT (1704164645678000));
  g_assert_cmpint (tyto_s3_node_time (root, "Key"), ==, -1);
  etag = tyto_s3_node_etag (root, "ETag");
  bare = tyto_s3_node_etag (root, "Bare");
  g_assert_cmpstr (etag, ==, "ab");
  g_assert_cmpstr (bare, ==, "ab");
}

static void
test_xml_that_is_none (void)
{
  static const char *const wrong[] = {
    "",
    "  ",
    "text",
    "<a>",
    "<a><b></a></b>",
    "<a/><b/>",
    "<a>\xff</a>",
    "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
    "<a><a><a><a><a><a><a><a><a></a></a></a></a></a></a></a></a></a>",
  };
  GString *many = g_string_new ("<a>");
  g_autoptr (GBytes) document = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GBytes) one = bytes (wrong[i]);
    g_autoptr (GError) error = NULL;

    g_assert_null (tyto_s3_node_parse (one, &error));
    g_assert_nonnull (error);
  }
  for (guint i = 0; i < 60000; i++)
    g_string_append (many, "<b/>");
  g_string_append (many, "</a>");
  document = g_string_free_to_bytes (many);
  g_assert_null (tyto_s3_node_parse (document, NULL));
}

typedef struct {
  guint status;
  const char *code;
  TytoError error;
  gboolean passes;
} Meaning;

static void
test_refusals (void)
{
  static const Meaning table[] = {
    { 403, "AccessDenied", TYTO_ERROR_FORBIDDEN, FALSE },
    { 403, "", TYTO_ERROR_FORBIDDEN, FALSE },
    { 400, "ExpiredToken", TYTO_ERROR_FORBIDDEN, FALSE },
    { 404, "NoSuchBucket", TYTO_ERROR_NOT_FOUND, FALSE },
    { 404, "", TYTO_ERROR_NOT_FOUND, FALSE },
    { 409, "OperationAborted", TYTO_ERROR_UNAVAILABLE, TRUE },
    { 400, "RequestTimeout", TYTO_ERROR_TIMED_OUT, TRUE },
    { 400, "BadDigest", TYTO_ERROR_INTERNAL, TRUE },
    { 400, "InvalidArgument", TYTO_ERROR_INVALID_ARGUMENT, FALSE },
    { 403, "QuotaExceeded", TYTO_ERROR_STORAGE, FALSE },
    { 416, "InvalidRange", TYTO_ERROR_RANGE, FALSE },
    { 413, "", TYTO_ERROR_TOO_LARGE, FALSE },
    { 429, "", TYTO_ERROR_UNAVAILABLE, TRUE },
    { 500, "InternalError", TYTO_ERROR_UNAVAILABLE, TRUE },
    { 501, "", TYTO_ERROR_UNSUPPORTED, FALSE },
    { 502, "", TYTO_ERROR_UNAVAILABLE, TRUE },
    { 503, "SlowDown", TYTO_ERROR_UNAVAILABLE, TRUE },
    { 507, "", TYTO_ERROR_STORAGE, FALSE },
    { 200, "InternalError", TYTO_ERROR_UNAVAILABLE, TRUE },
    { 301, "PermanentRedirect", TYTO_ERROR_INVALID_ARGUMENT, FALSE },
  };
  g_autoptr (TytoS3Config) config = make_config ();

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *xml = g_strdup_printf (
        "<Error><Code>%s</Code><Message>Why.\nSo.</Message></Error>", table[i].code);
    g_autoptr (GBytes) body = bytes (xml);
    g_autoptr (TytoS3Refusal) refusal = tyto_s3_refusal_new (table[i].status, body);
    g_autoptr (GError) error = NULL;

    tyto_s3_refusal_set_error (refusal, config, "the object k", &error);
    g_assert_error (error, TYTO_ERROR, (int) table[i].error);
    g_assert_cmpint (tyto_s3_refusal_passes (refusal), ==, table[i].passes);
    g_assert_nonnull (strstr (error->message, "the object k"));
    g_assert_nonnull (strstr (error->message, "Why. So."));
  }
}

/* A server, or what stands before it, may say anything. */
static void
test_refusals_show_no_secrets (void)
{
  static const char *const bodies[] = {
    "<Error><Code>InvalidAccessKeyId</Code><Message>AKID is unknown</Message></Error>",
    "<Error><Code>X</Code><Message>very-secret</Message></Error>",
    "<Error><Code>X</Code><Message>Signature=00</Message></Error>",
    "<Error><Code>very-secret!</Code><Message>m</Message></Error>",
    "<Error><Code>X</Code><Message>m</Message><StringToSign>very-secret</StringToSign></Error>",
    "<Error><Code>X</Code><Region>very-secret</Region></Error>",
    "<html>very-secret</html>",
  };
  g_autoptr (TytoS3Config) config = make_config ();

  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++) {
    g_autoptr (GBytes) body = bytes (bodies[i]);
    g_autoptr (TytoS3Refusal) refusal = tyto_s3_refusal_new (403, body);
    g_autoptr (GError) error = NULL;

    tyto_s3_refusal_set_error (refusal, config, "the bucket b", &error);
    g_assert_null (strstr (error->message, "AKID"));
    g_assert_null (strstr (error->message, "very-secret"));
    g_assert_null (strstr (error->message, "Signature="));
  }
}

static void
test_region_is_told (void)
{
  g_autoptr (TytoS3Config) config = make_config ();
  g_autoptr (GBytes) body = bytes ("<Error><Code>AuthorizationHeaderMalformed</Code>"
                                   "<Message>m</Message><Region>eu-west-1</Region></Error>");
  g_autoptr (TytoS3Refusal) refusal = tyto_s3_refusal_new (400, body);
  g_autoptr (GError) error = NULL;

  tyto_s3_refusal_set_error (refusal, config, "the bucket b", &error);
  g_assert_cmpstr (tyto_error_hint (error), ==, "Set the region to eu-west-1.");
}

static void
test_records (void)
{
  g_autoptr (TytoS3Part) part = tyto_s3_part_new (1, "e", 2);
  g_autoptr (TytoS3Part) part_copy = tyto_s3_part_copy (part);
  g_autoptr (TytoS3Upload) upload = tyto_s3_upload_new ("k", "i", 3);
  g_autoptr (TytoS3Upload) upload_copy = tyto_s3_upload_copy (upload);
  g_autoptr (TytoS3Object) object = tyto_s3_object_new ();
  g_autoptr (TytoS3Object) same = tyto_s3_object_ref (object);

  g_assert_cmpstr (part_copy->etag, ==, "e");
  g_assert_cmpuint (part_copy->size, ==, 2);
  g_assert_cmpstr (upload_copy->id, ==, "i");
  g_assert_cmpint (upload_copy->initiated_us, ==, 3);
  g_assert_null (tyto_s3_object_get_metadata (same, "sha256"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/s3/config", test_config);
  g_test_add_func ("/s3/addressing-names", test_addressing_names);
  g_test_add_func ("/s3/urls", test_urls);
  g_test_add_func ("/s3/request-is-signed", test_request_is_signed);
  g_test_add_func ("/s3/xml", test_xml);
  g_test_add_func ("/s3/xml-that-is-none", test_xml_that_is_none);
  g_test_add_func ("/s3/refusals", test_refusals);
  g_test_add_func ("/s3/refusals-show-no-secrets", test_refusals_show_no_secrets);
  g_test_add_func ("/s3/region-is-told", test_region_is_told);
  g_test_add_func ("/s3/records", test_records);
  return g_test_run ();
}
