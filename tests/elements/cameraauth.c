/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers to a camera's challenges, against the examples of the RFCs and hashes made another way.
 */
#include <glib.h>
#include <string.h>

#include "camera/lean/gstcameraauth.h"

#define URI "rtsp://127.0.0.1/cam"

static gboolean
challenge (GstCameraAuth *auth, const gchar *header)
{
  const gchar *const headers[] = { header, NULL };

  return gst_camera_auth_challenge (auth, headers);
}

static void
check_answer (GstCameraAuth *auth, const gchar *method, const gchar *uri, const gchar *want)
{
  g_autofree gchar *got = gst_camera_auth_answer (auth, method, uri);

  g_assert_cmpstr (got, ==, want);
}

static void
check_has (GstCameraAuth *auth, const gchar *part)
{
  g_autofree gchar *got = gst_camera_auth_answer (auth, "PLAY", URI);

  g_assert_nonnull (got);
  if (strstr (got, part) == NULL)
    g_error ("%s is not in: %s", part, got);
}

/* RFC 7616, 3.9.1 */
static void
test_rfc7616 (void)
{
  g_autoptr (GstCameraAuth) auth = gst_camera_auth_new ("Mufasa", "Circle of Life");
  static const gchar *const both[]
      = { "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=MD5, "
          "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
          "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
          "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, "
          "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
          "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
          NULL };

  gst_camera_auth_set_cnonce (auth, "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
  g_assert_true (challenge (auth, both[0]));
  check_answer (auth, "GET", "/dir/index.html",
                "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", "
                "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", uri=\"/dir/index.html\", "
                "response=\"8ca523f5e9506fed4657c9700eebdbec\", algorithm=MD5, "
                "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", qop=auth, nc=00000001, "
                "cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\"");
  g_clear_pointer (&auth, gst_camera_auth_free);

  auth = gst_camera_auth_new ("Mufasa", "Circle of Life");
  gst_camera_auth_set_cnonce (auth, "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
  g_assert_true (gst_camera_auth_challenge (auth, both));
  check_answer (
      auth, "GET", "/dir/index.html",
      "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", "
      "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", uri=\"/dir/index.html\", "
      "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\", "
      "algorithm=SHA-256, opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", qop=auth, "
      "nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\"");
}

/* Without qop: RFC 2069 with the response of its erratum 749. */
static void
test_rfc2069 (void)
{
  g_autoptr (GstCameraAuth) auth = gst_camera_auth_new ("Mufasa", "Circle Of Life");

  g_assert_true (challenge (auth, "Digest realm=\"testrealm@host.com\", "
                                  "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
                                  "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\""));
  check_answer (auth, "GET", "/dir/index.html",
                "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
                "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", "
                "response=\"670fd8c2df070c60b045671b8b24ff02\", "
                "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"");
}

static gchar *
md (GChecksumType type, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list more;

  va_start (more, format);
  text = g_strdup_vprintf (format, more);
  va_end (more);
  return g_compute_checksum_for_string (type, text, -1);
}

/* RFC 7616, 3.4.2; the key of the session outlives its nonce. */
static void
check_sess (GChecksumType type, const gchar *algorithm)
{
  g_autoptr (GstCameraAuth) auth = gst_camera_auth_new ("u", "p");
  g_autofree gchar *header
      = g_strdup_printf ("digest nonce=n1 realm=r qop=AUTH algorithm=\"%s\"", algorithm);
  g_autofree gchar *secret = md (type, "u:r:p");
  g_autofree gchar *ha1 = md (type, "%s:n1:c", secret);
  g_autofree gchar *ha2 = md (type, "PLAY:" URI);
  g_autofree gchar *first = md (type, "%s:n1:00000001:c:auth:%s", ha1, ha2);
  g_autofree gchar *second = md (type, "%s:n1:00000002:c:auth:%s", ha1, ha2);
  g_autofree gchar *third = md (type, "%s:n\"2:00000001:c:auth:%s", ha1, ha2);

  gst_camera_auth_set_cnonce (auth, "c");
  g_assert_true (challenge (auth, header));
  check_has (auth, first);
  check_has (auth, second);
  gst_camera_auth_note_info (auth, "rspauth=\"0\", nextnonce=\"n\\\"2\", nc=00000002");
  check_has (auth, third);
  check_has (auth, "nonce=\"n\\\"2\"");
  gst_camera_auth_note_info (auth, "nextnonce=\"\"");
  check_has (auth, "nc=00000003, cnonce=\"c\"");
}

static void
test_sess (void)
{
  check_sess (G_CHECKSUM_MD5, "md5-SESS");
  check_sess (G_CHECKSUM_SHA256, "SHA-256-sess");
}

static void
test_basic (void)
{
  g_autoptr (GstCameraAuth) auth = gst_camera_auth_new ("Aladdin", "open sesame");

  check_answer (auth, "PLAY", URI, NULL);
  g_assert_true (challenge (auth, "Basic realm=\"a, Digest nonce=b\""));
  check_answer (auth, "PLAY", URI, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  g_assert_false (challenge (auth, "Basic realm=\"a\""));
  check_answer (auth, "PLAY", URI, NULL);
}

static void
test_choice (void)
{
  static const struct {
    const gchar *header;
    const gchar *part; /* NULL: none is taken */
  } choices[] = {
    { "Basic realm=\"x\", Digest realm=\"x\", nonce=\"n\", Basic realm=\"y\"", "Digest " },
    { "Negotiate YWJj==, Digest realm=\"x\" nonce=\"n\"", "nonce=\"n\"" },
    { "Digest realm=x,nonce=1,Digest realm=x,nonce=2", "nonce=\"1\"" },
    { "Digest realm=x,nonce=1,algorithm=MD5,Digest realm=x,nonce=2,algorithm=SHA-256",
      "algorithm=SHA-256" },
    { "Digest realm=x,nonce=1,algorithm=SHA-512-256,Basic", "Basic " },
    { "Digest realm=x,nonce=1,qop=\"auth-int\",Basic realm=x", "Basic " },
    { "Digest realm=x,nonce=1,qop=\"\"", "response=" },
    { "Digest realm=\"\",nonce=\"\"", "realm=\"\", nonce=\"\"" },
    { "Digest realm=\"x\\\"\\\\y\", nonce=\"open", "realm=\"x\\\"\\\\y\", nonce=\"open\"" },
    { "Digest nonce=1", NULL },
    { "Digest realm=1", NULL },
    { "Digest realm=x,nonce=\"a\r\nX: y\"", NULL },
    { "Bearer realm=x,nonce=1", NULL },
    { "realm=x,nonce=1", NULL },
    { "\"=,= \"", NULL },
    { "", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (choices); i++) {
    g_autoptr (GstCameraAuth) auth = gst_camera_auth_new ("u", NULL);

    g_assert_cmpint (challenge (auth, choices[i].header), ==, choices[i].part != NULL);
    if (choices[i].part != NULL)
      check_has (auth, choices[i].part);
    else
      check_answer (auth, "PLAY", URI, NULL);
  }
}

static void
test_long_header (void)
{
  g_autoptr (GstCameraAuth) auth = gst_camera_auth_new ("u", "p");
  g_autofree gchar *nonce = g_strnfill (9000, 'n');
  g_autofree gchar *header = g_strdup_printf ("Digest realm=r, nonce=%s", nonce);

  g_assert_false (challenge (auth, header));
}

/* Wrong credentials are sent once. */
static void
test_refused (void)
{
  g_autoptr (GstCameraAuth) auth = gst_camera_auth_new ("u", "p");

  g_assert_true (challenge (auth, "Digest realm=r,nonce=1"));
  check_has (auth, "nonce=\"1\"");
  g_assert_false (challenge (auth, "Digest realm=r,nonce=2"));
  check_answer (auth, "PLAY", URI, NULL);
  g_assert_false (challenge (auth, "Digest realm=r,nonce=3"));
}

static void
test_stale (void)
{
  g_autoptr (GstCameraAuth) auth = gst_camera_auth_new ("u", "p");

  g_assert_true (challenge (auth, "Digest realm=r,nonce=1"));
  check_has (auth, "nonce=\"1\"");
  g_assert_true (challenge (auth, "Digest realm=r,nonce=2,stale=\"TRUE\""));
  check_has (auth, "nonce=\"2\"");
  check_has (auth, "nonce=\"2\""); /* the one before was taken */
  for (guint i = 0; i < 4; i++) {
    g_assert_true (challenge (auth, "Digest realm=r,nonce=3,stale=true"));
    check_has (auth, "nonce=\"3\"");
  }
  g_assert_false (challenge (auth, "Digest realm=r,nonce=3,stale=true"));
}

/* A camera that gives a nonce for each request, or for a while, and never says "stale". */
static void
test_stale_unsaid (void)
{
  g_autoptr (GstCameraAuth) auth = gst_camera_auth_new ("u", "p");

  g_assert_true (challenge (auth, "Digest realm=r,nonce=1"));
  check_has (auth, "nonce=\"1\"");
  check_has (auth, "nonce=\"1\"");
  g_assert_true (challenge (auth, "Digest realm=r,nonce=2"));
  check_has (auth, "nonce=\"2\"");
  check_has (auth, "nonce=\"2\"");
  g_assert_false (challenge (auth, "Digest realm=r,nonce=2")); /* the same: refused */
}

static void
test_no_weaker (void)
{
  g_autoptr (GstCameraAuth) auth = gst_camera_auth_new ("u", "p");

  g_assert_true (challenge (auth, "Digest realm=r,nonce=1"));
  g_assert_false (challenge (auth, "Basic realm=r"));
  g_assert_true (challenge (auth, "Digest realm=r,nonce=1"));
}

static void
test_what_no_header_holds (void)
{
  g_autoptr (GstCameraAuth) nobody = gst_camera_auth_new (NULL, NULL);
  g_autoptr (GstCameraAuth) auth = gst_camera_auth_new ("u\"s\\er", "p");
  g_autoptr (GstCameraAuth) two_lines = gst_camera_auth_new ("u\r\nX: y", "p");

  g_assert_false (challenge (nobody, "Basic realm=r"));
  g_assert_true (challenge (auth, "Digest realm=r,nonce=1"));
  check_answer (auth, "PLAY", "rtsp://a/\r\nX: y", NULL);
  check_has (auth, "username=\"u\\\"s\\\\er\"");
  g_assert_true (challenge (two_lines, "Digest realm=r,nonce=1"));
  check_answer (two_lines, "PLAY", URI, NULL);
}

static void
test_cnonce (void)
{
  g_autoptr (GstCameraAuth) one = gst_camera_auth_new ("u", "p");
  g_autoptr (GstCameraAuth) other = gst_camera_auth_new ("u", "p");
  g_autofree gchar *first = NULL;
  g_autofree gchar *second = NULL;

  g_assert_true (challenge (one, "Digest realm=r,nonce=1,qop=auth"));
  g_assert_true (challenge (other, "Digest realm=r,nonce=1,qop=auth"));
  first = gst_camera_auth_answer (one, "PLAY", URI);
  second = gst_camera_auth_answer (other, "PLAY", URI);
  g_assert_cmpstr (first, !=, second);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/auth/rfc7616", test_rfc7616);
  g_test_add_func ("/auth/rfc2069", test_rfc2069);
  g_test_add_func ("/auth/sess", test_sess);
  g_test_add_func ("/auth/basic", test_basic);
  g_test_add_func ("/auth/choice", test_choice);
  g_test_add_func ("/auth/long-header", test_long_header);
  g_test_add_func ("/auth/refused", test_refused);
  g_test_add_func ("/auth/stale", test_stale);
  g_test_add_func ("/auth/stale-unsaid", test_stale_unsaid);
  g_test_add_func ("/auth/no-weaker", test_no_weaker);
  g_test_add_func ("/auth/what-no-header-holds", test_what_no_header_holds);
  g_test_add_func ("/auth/cnonce", test_cnonce);
  return g_test_run ();
}
