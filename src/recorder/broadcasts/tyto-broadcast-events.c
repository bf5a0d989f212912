/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/broadcasts/tyto-broadcast-events.h"

static gboolean
is_live (const TytoBroadcast *broadcast)
{
  return broadcast != NULL && broadcast->status == TYTO_BROADCAST_RECORDING
         && broadcast->deleting_us < 0;
}

static gboolean
is_nameless (const TytoBroadcast *broadcast)
{
  return *broadcast->stream_id == '\0';
}

/* Whether its times are by the clock of the stream service. */
static gboolean
has_their_clock (const TytoBroadcast *broadcast)
{
  return g_str_equal (broadcast->found_by, "webhook")
         || g_str_equal (broadcast->found_by, "service");
}

gboolean
tyto_broadcast_start_is_unknown (const TytoBroadcast *broadcast)
{
  return broadcast->started_us == broadcast->ended_us;
}

static TytoBroadcastVerdict
judge_start (const TytoStreamEvent *event, const TytoBroadcast *of_stream,
             const TytoBroadcast *of_key, const TytoBroadcast **which)
{
  if (of_stream != NULL) {
    *which = of_stream;
    if (is_live (of_stream) || event->at_us <= MAX (of_stream->started_us, of_stream->ended_us))
      return tyto_broadcast_start_is_unknown (of_stream) && event->at_us < of_stream->started_us
                 ? TYTO_BROADCAST_NAME
                 : TYTO_BROADCAST_NOTHING;
  }
  if (of_key == NULL) {
    *which = NULL;
    return TYTO_BROADCAST_BEGIN;
  }
  *which = of_key;
  if (is_live (of_key)) {
    if (is_nameless (of_key))
      return TYTO_BROADCAST_NAME;
    /* Announcements of a stream before this one come late. */
    return event->at_us > of_key->started_us ? TYTO_BROADCAST_REPLACE : TYTO_BROADCAST_NOTHING;
  }
  if (is_nameless (of_key) && event->at_us <= of_key->ended_us)
    return TYTO_BROADCAST_NAME;
  *which = NULL;
  return TYTO_BROADCAST_BEGIN;
}

static TytoBroadcastVerdict
judge_end (const TytoStreamEvent *event, const TytoBroadcast *of_stream,
           const TytoBroadcast *of_key, const TytoBroadcast **which)
{
  if (of_stream != NULL) {
    *which = of_stream;
    /* One before its start is the end of the broadcast before it. */
    if (is_live (of_stream)
        && (event->at_us >= of_stream->started_us || !has_their_clock (of_stream)))
      return TYTO_BROADCAST_END;
    return TYTO_BROADCAST_NOTHING;
  }
  *which = of_key;
  if (of_key != NULL && is_nameless (of_key)) {
    if (is_live (of_key))
      return TYTO_BROADCAST_NAME_END;
    if (event->at_us >= of_key->started_us
        && event->at_us <= of_key->ended_us + TYTO_BROADCAST_LATE_US)
      return TYTO_BROADCAST_NAME;
  } else if (is_live (of_key)) {
    /* A key is used by one stream at a time: this one began, and ended, after that. */
    return event->at_us > of_key->started_us ? TYTO_BROADCAST_END : TYTO_BROADCAST_NOTHING;
  }
  *which = NULL;
  return TYTO_BROADCAST_BEGIN_END;
}

TytoBroadcastVerdict
tyto_broadcast_judge (const TytoStreamEvent *event, const TytoBroadcast *of_stream,
                      const TytoBroadcast *of_key, const TytoBroadcast **which)
{
  *which = NULL;
  return event->started ? judge_start (event, of_stream, of_key, which)
                        : judge_end (event, of_stream, of_key, which);
}
