/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-auth.h"

#include <string.h>

static const char uri[] = "rtsp://127.0.0.1:8554/cam1";

static SimAuth
make_auth (SimAuthMode mode)
{
  return (SimAuth){ .mode = mode, .user = (char *) "user", .password = (char *) "pass" };
}

static void
test_none (void)
{
  SimAuth auth = { 0 };

  g_assert_false (sim_auth_wants (&auth, "DESCRIBE"));
  g_assert_cmpint (sim_auth_check (&auth, "PLAY", uri, NULL, "n", NULL), ==, SIM_AUTH_GRANTED);
}

static void
test_scope (void)
{
  SimAuth auth = make_auth (SIM_AUTH_DIGEST);

  g_assert_true (sim_auth_wants (&auth, "GET_PARAMETER"));
  auth.describe_only = TRUE;
  g_assert_false (sim_auth_wants (&auth, "GET_PARAMETER"));
  g_assert_true (sim_auth_wants (&auth, "DESCRIBE"));
}

static void
test_basic (void)
{
  SimAuth auth = make_auth (SIM_AUTH_BASIC);

  /* base64 of user:pass, and of user:past */
  g_assert_cmpint (sim_auth_check (&auth, "PLAY", uri, "Basic dXNlcjpwYXNz", "n", NULL), ==,
                   SIM_AUTH_GRANTED);
  g_assert_cmpint (sim_auth_check (&auth, "PLAY", uri, "Basic dXNlcjpwYXN0", "n", NULL), ==,
                   SIM_AUTH_REFUSED);
  g_assert_cmpint (sim_auth_check (&auth, "PLAY", uri, NULL, "n", NULL), ==, SIM_AUTH_REFUSED);
}

/* A Digest header for user:pass made from the RFC's formula; the response is @response. */
static char *
digest (const char *nonce, const char *response, const char *more)
{
  return g_strdup_printf ("Digest username=\"user\", realm=\"camsim\", nonce=\"%s\", uri=\"%s\", "
                          "response=\"%s\"%s",
                          nonce, uri, response, more);
}

static char *
response (GChecksumType type, const char *nonce, const char *middle)
{
  g_autofree char *ha1 = g_compute_checksum_for_string (type, "user:camsim:pass", -1);
  g_autofree char *a2 = g_strconcat ("DESCRIBE:", uri, NULL);
  g_autofree char *ha2 = g_compute_checksum_for_string (type, a2, -1);
  g_autofree char *all = g_strdup_printf ("%s:%s:%s%s", ha1, nonce, middle, ha2);

  return g_compute_checksum_for_string (type, all, -1);
}

static SimAuthResult
check (const SimAuth *auth, const char *method, const char *nonce, const char *answer,
       const char *more)
{
  g_autofree char *header = digest (nonce, answer, more);

  return sim_auth_check (auth, method, uri, header, "new", "old");
}

static void
test_digest (void)
{
  SimAuth auth = make_auth (SIM_AUTH_DIGEST);
  g_autofree char *fresh = response (G_CHECKSUM_MD5, "new", "");
  g_autofree char *stale = response (G_CHECKSUM_MD5, "old", "");
  g_autofree char *foreign = response (G_CHECKSUM_MD5, "foreign", "");

  g_assert_cmpint (check (&auth, "DESCRIBE", "new", fresh, ""), ==, SIM_AUTH_GRANTED);
  g_assert_cmpint (check (&auth, "DESCRIBE", "old", stale, ""), ==, SIM_AUTH_STALE);
  g_assert_cmpint (check (&auth, "DESCRIBE", "foreign", foreign, ""), ==, SIM_AUTH_REFUSED);
  g_assert_cmpint (check (&auth, "PLAY", "new", fresh, ""), ==, SIM_AUTH_REFUSED);
  g_assert_cmpint (check (&auth, "DESCRIBE", "new", stale, ""), ==, SIM_AUTH_REFUSED);
  g_assert_cmpint (check (&auth, "DESCRIBE", "new", fresh, ", algorithm=SHA-256"), ==,
                   SIM_AUTH_REFUSED);
  g_assert_cmpint (sim_auth_check (&auth, "DESCRIBE", uri, "Digest nonsense", "new", NULL), ==,
                   SIM_AUTH_REFUSED);
}

static void
test_digest_sha256_and_qop (void)
{
  SimAuth auth = make_auth (SIM_AUTH_DIGEST);
  g_autofree char *plain = response (G_CHECKSUM_SHA256, "new", "");
  g_autofree char *with_qop = response (G_CHECKSUM_SHA256, "new", "00000001:c:auth:");

  auth.sha256 = TRUE;
  g_assert_cmpint (check (&auth, "DESCRIBE", "new", plain, ", algorithm=SHA-256"), ==,
                   SIM_AUTH_GRANTED);
  g_assert_cmpint (
      check (&auth, "DESCRIBE", "new", with_qop, ", qop=auth, nc=00000001, cnonce=\"c\""), ==,
      SIM_AUTH_GRANTED);
}

static void
test_challenge (void)
{
  SimAuth auth = make_auth (SIM_AUTH_DIGEST);
  g_autoptr (GString) text = g_string_new (NULL);

  auth.sha256 = auth.qop = TRUE;
  sim_auth_append_challenge (&auth, "abc", TRUE, text);
  g_assert_cmpstr (text->str, ==,
                   "WWW-Authenticate: Digest realm=\"camsim\", nonce=\"abc\", algorithm=SHA-256, "
                   "qop=\"auth\", stale=\"TRUE\"\r\n");
  auth.mode = SIM_AUTH_BASIC;
  g_string_truncate (text, 0);
  sim_auth_append_challenge (&auth, "abc", FALSE, text);
  g_assert_cmpstr (text->str, ==, "WWW-Authenticate: Basic realm=\"camsim\"\r\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camsim/auth/none", test_none);
  g_test_add_func ("/camsim/auth/scope", test_scope);
  g_test_add_func ("/camsim/auth/basic", test_basic);
  g_test_add_func ("/camsim/auth/digest", test_digest);
  g_test_add_func ("/camsim/auth/digest-sha256-and-qop", test_digest_sha256_and_qop);
  g_test_add_func ("/camsim/auth/challenge", test_challenge);
  return g_test_run ();
}
