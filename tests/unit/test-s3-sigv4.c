/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signature Version 4 on vectors that Amazon published: those of the AWS SDK (sigv4/), and the
 * examples of the Amazon S3 API reference. */
#include "store/s3/tyto-sigv4.h"

#include <string.h>

#define HEADER_PREFIX "header-"

static gint64
seconds_of (const char *iso8601)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (iso8601, NULL);

  return g_date_time_to_unix (time);
}

/* Puts the headers of @group into @headers; their strings live in @strings. */
static void
read_headers (GKeyFile *file, const char *group, GArray *headers, GPtrArray *strings)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, group, NULL, NULL);

  for (gsize i = 0; keys[i] != NULL; i++) {
    TytoSigv4Header header;

    if (!g_str_has_prefix (keys[i], HEADER_PREFIX))
      continue;
    header.name = g_strdup (keys[i] + strlen (HEADER_PREFIX));
    header.value = g_key_file_get_string (file, group, keys[i], NULL);
    g_ptr_array_add (strings, (gpointer) header.name);
    g_ptr_array_add (strings, (gpointer) header.value);
    g_array_append_val (headers, header);
  }
}

static void
test_vector (gconstpointer data)
{
  const char *group = data;
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GArray) headers = g_array_new (FALSE, FALSE, sizeof (TytoSigv4Header));
  g_autoptr (GPtrArray) strings = g_ptr_array_new_with_free_func (g_free);
  const TytoSigv4Scope scope = { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                 "us-east-1", "service", seconds_of ("2015-08-30T12:36:00Z") };
  g_autofree char *method = NULL, *path = NULL, *query = NULL, *body = NULL, *payload = NULL;
  g_autofree char *expected = NULL, *authorization = NULL;
  TytoSigv4Request request = { 0 };

  g_assert_true (
      g_key_file_load_from_file (file, g_getenv ("SIGV4_VECTORS"), G_KEY_FILE_NONE, NULL));
  read_headers (file, group, headers, strings);
  request.method = method = g_key_file_get_string (file, group, "method", NULL);
  request.path = path = g_key_file_get_string (file, group, "path", NULL);
  request.query = query = g_key_file_get_string (file, group, "query", NULL);
  body = g_key_file_get_string (file, group, "body", NULL);
  request.payload = payload
      = g_compute_checksum_for_string (G_CHECKSUM_SHA256, body != NULL ? body : "", -1);
  request.headers = (TytoSigv4Header *) (gpointer) headers->data;
  request.n_headers = headers->len;
  request.path_rules = TYTO_SIGV4_PATH_ENCODE | TYTO_SIGV4_PATH_NORMALIZE;
  expected = g_key_file_get_string (file, group, "authorization", NULL);
  authorization = tyto_sigv4_authorization (&request, &scope);
  g_assert_cmpstr (authorization, ==, expected);
}

static void
add_vectors (void)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) groups = NULL;

  g_key_file_load_from_file (file, g_getenv ("SIGV4_VECTORS"), G_KEY_FILE_NONE, &error);
  g_assert_no_error (error);
  groups = g_key_file_get_groups (file, NULL);
  g_assert_cmpuint (g_strv_length (groups), ==, 24);
  for (gsize i = 0; groups[i] != NULL; i++) {
    g_autofree char *path = g_strconcat ("/s3/sigv4/vector/", groups[i], NULL);

    g_test_add_data_func_full (path, g_strdup (groups[i]), test_vector, g_free);
  }
}

/* "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk" of
 * the Amazon S3 API reference. */
typedef struct {
  const char *name;
  const char *method;
  const char *path;
  const char *query;
  const char *body;
  TytoSigv4Header further[2];
  const char *signature;
} Example;

static const Example examples[] = {
  { "get-object",
    "GET",
    "/test.txt",
    NULL,
    "",
    { { "Range", "bytes=0-9" } },
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41" },
  { "put-object",
    "PUT",
    "/test%24file.text",
    NULL,
    "Welcome to Amazon S3.",
    { { "Date", "Fri, 24 May 2013 00:00:00 GMT" },
      { "x-amz-storage-class", "REDUCED_REDUNDANCY" } },
    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd" },
  { "get-bucket-lifecycle",
    "GET",
    "/",
    "lifecycle=",
    "",
    { { NULL } },
    "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543" },
  { "list-objects",
    "GET",
    "/",
    "max-keys=2&prefix=J",
    "",
    { { NULL } },
    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7" },
};

static const TytoSigv4Scope *
example_scope (void)
{
  static TytoSigv4Scope scope
      = { "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3",
          0 };

  scope.time = seconds_of ("2013-05-24T00:00:00Z");
  return &scope;
}

static void
test_example (gconstpointer data)
{
  const Example *example = data;
  g_autofree char *payload = g_compute_checksum_for_string (G_CHECKSUM_SHA256, example->body, -1);
  TytoSigv4Header headers[5] = { { "Host", "examplebucket.s3.amazonaws.com" },
                                 { "x-amz-content-sha256", payload },
                                 { "x-amz-date", "20130524T000000Z" } };
  TytoSigv4Request request
      = { example->method, example->path, example->query, headers, 3, payload };
  g_autofree char *signature = NULL;

  for (gsize i = 0; i < 2 && example->further[i].name != NULL; i++)
    headers[request.n_headers++] = example->further[i];
  signature = tyto_sigv4_signature (&request, example_scope ());
  g_assert_cmpstr (signature, ==, example->signature);
}

/* "Authenticating Requests: Using Query Parameters" of the same. */
static void
test_presigned_example (void)
{
  const TytoSigv4Header host = { "host", "examplebucket.s3.amazonaws.com" };
  const TytoSigv4Request request
      = { "GET", "/test.txt", NULL, &host, 1, TYTO_SIGV4_UNSIGNED_PAYLOAD };
  g_autofree char *query = tyto_sigv4_presign (&request, example_scope (), 86400, NULL);

  g_assert_cmpstr (
      query, ==,
      "X-Amz-Algorithm=AWS4-HMAC-SHA256"
      "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
      "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
      "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

static void
test_session_token (void)
{
  const TytoSigv4Header host = { "host", "h" };
  const TytoSigv4Request request = { "GET", "/", "a=b", &host, 1, TYTO_SIGV4_UNSIGNED_PAYLOAD };
  g_autofree char *query = tyto_sigv4_presign (&request, example_scope (), 1, "a/b==");

  g_assert_true (g_str_has_prefix (query, "a=b&X-Amz-Algorithm="));
  g_assert_nonnull (strstr (query, "&X-Amz-SignedHeaders=host&X-Amz-Security-Token=a%2Fb%3D%3D&"));
}

/* What of the path is signed, by each rule. */
static void
test_paths (void)
{
  static const struct {
    const char *path;
    TytoSigv4Path rules;
    const char *canonical;
  } table[] = {
    { "/a//b/../c%20d", TYTO_SIGV4_PATH_AS_SENT, "/a//b/../c%20d" },
    { "", TYTO_SIGV4_PATH_AS_SENT, "/" },
    { "/a b/%20", TYTO_SIGV4_PATH_ENCODE, "/a%20b/%2520" },
    { "//a//b/", TYTO_SIGV4_PATH_NORMALIZE, "/a/b/" },
    { "/a/../..", TYTO_SIGV4_PATH_NORMALIZE, "/" },
    { "/a/b/..", TYTO_SIGV4_PATH_NORMALIZE, "/a" },
    { "/./a/.", TYTO_SIGV4_PATH_NORMALIZE, "/a/" },
    { "//", TYTO_SIGV4_PATH_NORMALIZE, "/" },
  };
  const TytoSigv4Header host = { "host", "h" };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    const TytoSigv4Request request
        = { "GET", table[i].path, NULL, &host, 1, TYTO_SIGV4_EMPTY_SHA256, table[i].rules };
    g_autofree char *canonical = tyto_sigv4_canonical_request (&request);
    g_auto (GStrv) lines = g_strsplit (canonical, "\n", -1);

    g_assert_cmpstr (lines[1], ==, table[i].canonical);
  }
}

static void
test_query_order (void)
{
  const TytoSigv4Header host = { "Host", " h  i " };
  const TytoSigv4Request request
      = { "GET", "/", "uploads&b=2&b=1&a-b=&a=%7e+x&&%C3%BC=1", &host, 1, "hash" };
  g_autofree char *canonical = tyto_sigv4_canonical_request (&request);

  g_assert_cmpstr (canonical, ==,
                   "GET\n/\n%C3%BC=1&a=~%2Bx&a-b=&b=1&b=2&uploads=\nhost:h i\n\nhost\nhash");
}

static void
test_encoding (void)
{
  g_autofree char *key = tyto_sigv4_encode ("a/b c+ü~%", TRUE);
  g_autofree char *value = tyto_sigv4_encode ("a/b", FALSE);
  g_autofree char *time = tyto_sigv4_format_time (1440938160);

  g_assert_cmpstr (key, ==, "a/b%20c%2B%C3%BC~%25");
  g_assert_cmpstr (value, ==, "a%2Fb");
  g_assert_cmpstr (time, ==, "20150830T123600Z");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_vectors ();
  for (gsize i = 0; i < G_N_ELEMENTS (examples); i++) {
    g_autofree char *path = g_strconcat ("/s3/sigv4/example/", examples[i].name, NULL);

    g_test_add_data_func (path, &examples[i], test_example);
  }
  g_test_add_func ("/s3/sigv4/example/presigned", test_presigned_example);
  g_test_add_func ("/s3/sigv4/session-token", test_session_token);
  g_test_add_func ("/s3/sigv4/paths", test_paths);
  g_test_add_func ("/s3/sigv4/query-order", test_query_order);
  g_test_add_func ("/s3/sigv4/encoding", test_encoding);
  return g_test_run ();
}
