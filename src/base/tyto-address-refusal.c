/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-address-refusal.h"

#include <string.h>

/* Metadata services of clouds that do not use 169.254.169.254 (alone). */
static const char *const metadata[] = {
  "100.100.100.200", /* Alibaba Cloud */
  "168.63.129.16",   /* Azure */
  "192.0.0.192",     /* Oracle Cloud */
  "fd00:ec2::254",   /* AWS */
  "fd20:ce::254",    /* Google Cloud */
};

static gboolean
is_metadata (GInetAddress *address)
{
  g_autofree char *text = g_inet_address_to_string (address);

  for (guint i = 0; i < G_N_ELEMENTS (metadata); i++) {
    if (g_str_equal (text, metadata[i]))
      return TRUE;
  }
  return FALSE;
}

static const char *
refusal (GInetAddress *address)
{
  const guint8 *bytes = g_inet_address_to_bytes (address);
  gboolean is_v4 = g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4;

  if (g_inet_address_get_is_any (address) || (is_v4 && bytes[0] == 0))
    return "it is unspecified";
  if (g_inet_address_get_is_link_local (address))
    return "it is link-local";
  if (g_inet_address_get_is_multicast (address))
    return "it is multicast";
  if (is_v4 && bytes[0] >= 240)
    return "it is reserved";
  if (is_metadata (address))
    return "it is a cloud's metadata service";
  return NULL;
}

/* The IPv4 address within an IPv6 one. (transfer full) (nullable) */
static GInetAddress *
embedded (GInetAddress *address)
{
  static const struct {
    guint8 bytes[12];
    gsize length;
    gsize at; /* where the four bytes stand */
  } prefixes[] = {
    { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff }, 12, 12 }, /* ::ffff:0:0/96, mapped */
    { { 0 }, 12, 12 },                                        /* ::/96, compatible */
    { { 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff }, 12, 12 },       /* ::ffff:0:0:0/96, translated */
    { { 0x00, 0x64, 0xff, 0x9b }, 12, 12 },                   /* 64:ff9b::/96, translated */
    { { 0x20, 0x02 }, 2, 2 },                                 /* 2002::/16, 6to4 */
  };
  const guint8 *bytes = g_inet_address_to_bytes (address);

  if (g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV6
      || g_inet_address_get_is_any (address) || g_inet_address_get_is_loopback (address))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++) {
    if (memcmp (bytes, prefixes[i].bytes, prefixes[i].length) == 0)
      return g_inet_address_new_from_bytes (bytes + prefixes[i].at, G_SOCKET_FAMILY_IPV4);
  }
  return NULL;
}

/* Whether @host says itself that it is this machine. */
static gboolean
names_loopback (const char *host)
{
  g_autoptr (GInetAddress) literal = g_inet_address_new_from_string (host);

  if (literal != NULL)
    return g_inet_address_get_is_loopback (literal);
  return g_ascii_strcasecmp (host, "localhost") == 0;
}

const char *
tyto_address_refusal (GInetAddress *address, const char *host)
{
  g_autoptr (GInetAddress) inner = embedded (address);
  const char *why = refusal (address);

  if (why == NULL && inner != NULL)
    why = refusal (inner);
  if (why != NULL)
    return why;
  if ((g_inet_address_get_is_loopback (address) && !names_loopback (host))
      || (inner != NULL && g_inet_address_get_is_loopback (inner)))
    return "it is this machine itself";
  return NULL;
}
