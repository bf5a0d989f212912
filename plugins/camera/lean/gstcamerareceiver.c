/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcamerareceiver.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "camera/lean/gstcameradialogue.h"
#include "camera/lean/gstcamerainterleave.h"
#include "camera/lean/gstcameraleanmedia.h"
#include "camera/lean/gstcameraloop.h"
#include "camera/lean/gstcamerartcp.h"

#define MAX_MEDIAS      2
#define RECEIVE_BUFFER  (4 * 1024 * 1024)
#define DRAIN           (16 * 1024 * 1024) /* more than a receive buffer holds */
#define REPORT_INTERVAL (5 * G_USEC_PER_SEC)
#define CLOCK_INTERVAL  (10 * G_USEC_PER_SEC)
#define LOOK_INTERVAL   (G_USEC_PER_SEC / 2) /* while nothing is read */

typedef struct {
  GstCameraLeanMedia *media;
  guint8 channel;
  guint8 rtcp_channel;
} Track;

struct _GstCameraReceiver {
  GstCameraPlaying *playing;
  const GstCameraLeanEvents *events;
  gpointer owner; /* no-ref */
  gint fd;
  GPollableInputStream *tls; /* (nullable), no-ref, @playing's: plain when NULL */
  GstCameraInterleave *interleave;
  GstCameraDialogue *dialogue;
  GstCameraLeanMediaEvents media_events;
  Track tracks[MAX_MEDIAS]; /* pictures first */
  guint n_tracks;
  gchar *cname; /* RFC 7022, 4.2 */

  GstCameraLeanArrival arrival; /* of what is being taken */
  gint64 emptied;               /* monotonic, µs, as all below: there was nothing more to read */
  gint64 report_due;
  gint64 clock_given; /* 0: never */
  gboolean clock_due; /* a sender report came that it can be made of */
  GError *end;        /* (nullable): nothing is taken any more */
};

/* --- What comes --- */

static void
end_with (GstCameraReceiver *self, const gchar *what)
{
  if (self->end == NULL)
    self->end
        = g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
                       "The camera %s, which a live camera does not do by itself: it may have "
                       "restarted or dropped the session; connect again",
                       what);
}

/* Sound follows the pictures. */
static void
take_report (GstCameraReceiver *self, const Track *track)
{
  gint64 now = self->arrival.monotonic;

  for (guint i = 1; i < self->n_tracks; i++)
    gst_camera_lean_media_lay_beside (self->tracks[i].media, self->tracks[0].media);
  if (track == self->tracks
      && (self->clock_given == 0 || now - self->clock_given >= CLOCK_INTERVAL))
    self->clock_due = TRUE;
}

static void
take_rtcp (GstCameraReceiver *self, const Track *track, const guint8 *data, gsize size)
{
  GstCameraLeanNews news = gst_camera_lean_media_take_rtcp (track->media, data, size);

  if (news & GST_CAMERA_LEAN_REPORT)
    take_report (self, track);
  if (news & GST_CAMERA_LEAN_BYE)
    end_with (self, "ended the stream (BYE)");
}

/* RFC 5761, 4: some send reports on the channel of the media. */
static gboolean
is_rtcp (const guint8 *data, gsize size)
{
  return size > 1 && data[1] >= 192 && data[1] <= 223;
}

static void
on_packet (gpointer owner, guint8 channel, const guint8 *data, gsize size)
{
  GstCameraReceiver *self = owner;

  for (guint i = 0; i < self->n_tracks && self->end == NULL; i++) {
    const Track *track = &self->tracks[i];

    if (channel == track->rtcp_channel || (channel == track->channel && is_rtcp (data, size)))
      take_rtcp (self, track, data, size);
    else if (channel == track->channel && !gst_camera_lean_media_take (track->media, data, size))
      self->end = g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
                               "The camera began its stream anew, with timestamps that do not "
                               "continue the former ones; connect again");
  }
}

static void
on_message (gpointer owner, const gchar *head, gsize head_size, const guint8 *body, gsize body_size)
{
  GstCameraReceiver *self = owner;

  if (self->end == NULL)
    gst_camera_dialogue_take (self->dialogue, head, head_size, body, body_size, &self->end);
}

/* --- Making --- */

/* SO_RCVBUF is capped at what small programs need; a threshold for being woken is not, as the
 * kernel makes room for as much (tcp(7), net.ipv4.tcp_rmem). */
static void
widen (gint fd)
{
  gint least = RECEIVE_BUFFER;
  gint one = 1;

  if (setsockopt (fd, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least) == 0)
    setsockopt (fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof one);
}

static gchar *
make_cname (void)
{
  guint32 random[3] = { g_random_int (), g_random_int (), g_random_int () };

  return g_base64_encode ((const guchar *) random, sizeof random);
}

/* Gives how many channels they have. */
static guint
add_tracks (GstCameraReceiver *self)
{
  guint n_channels = 1;

  for (guint i = 0; i < MIN (self->playing->grants->len, MAX_MEDIAS); i++) {
    const GstCameraGrant *grant = &g_array_index (self->playing->grants, GstCameraGrant, i);
    GstCameraLeanMedia *media
        = gst_camera_lean_media_new (grant, &self->arrival, &self->media_events, self->owner);

    g_return_val_if_fail (media != NULL, n_channels); /* it was asked for because it is known */
    self->tracks[self->n_tracks++] = (Track){ media, grant->channel, grant->rtcp_channel };
    n_channels = MAX (n_channels, MAX (grant->channel, grant->rtcp_channel) + 1u);
  }
  return n_channels;
}

static gint64
get_report_interval (void)
{
  return (gint64) (g_random_double_range (0.5, 1.5) * REPORT_INTERVAL);
}

GstCameraReceiver *
gst_camera_receiver_new (GstCameraPlaying *playing, const GstCameraLeanEvents *events,
                         gpointer owner, guint keep_alive, gint64 asked)
{
  static const GstCameraInterleaveEvents interleave_events
      = { .packet = on_packet, .message = on_message };
  GstCameraReceiver *self = g_new0 (GstCameraReceiver, 1);
  guint n_channels;

  self->playing = playing;
  self->events = events;
  self->owner = owner;
  self->media_events = (GstCameraLeanMediaEvents){ .caps = events->caps, .unit = events->unit };
  n_channels = add_tracks (self);
  if (G_IS_TLS_CONNECTION (playing->stream))
    self->tls = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (playing->stream));
  self->interleave = gst_camera_interleave_new (&interleave_events, self, n_channels);
  self->dialogue = gst_camera_dialogue_new (playing, keep_alive, asked);
  self->cname = make_cname ();
  self->emptied = asked;
  self->report_due = asked + get_report_interval () / 2;
  self->fd = g_socket_get_fd (playing->socket);
  widen (self->fd);
  return self;
}

void
gst_camera_receiver_free (GstCameraReceiver *self)
{
  for (guint i = 0; i < self->n_tracks; i++)
    gst_camera_lean_media_free (self->tracks[i].media);
  g_clear_pointer (&self->interleave, gst_camera_interleave_free);
  g_clear_pointer (&self->dialogue, gst_camera_dialogue_free);
  gst_camera_playing_free (self->playing);
  g_clear_error (&self->end);
  g_free (self->cname);
  g_free (self);
}

gint
gst_camera_receiver_get_fd (const GstCameraReceiver *self)
{
  return self->fd;
}

/* --- Reading --- */

static void
lose (GstCameraReceiver *self, const gchar *why)
{
  self->end = g_error_new (GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
                           "The connection to the camera is lost (%s): check the network, then "
                           "connect again",
                           why);
}

static gsize
read_plain (GstCameraReceiver *self, guint8 *buffer)
{
  gssize n;

  do
    n = recv (self->fd, buffer, GST_CAMERA_LOOP_BUFFER, MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n == 0)
    end_with (self, "closed the connection");
  else if (n < 0 && errno != EAGAIN)
    lose (self, g_strerror (errno));
  return (gsize) MAX (n, 0);
}

/* Until nothing is left: what is decrypted already is no reason for the kernel to call us. */
static gsize
read_tls (GstCameraReceiver *self, guint8 *buffer)
{
  g_autoptr (GError) error = NULL;
  gsize done = 0;
  gssize n;

  do {
    n = g_pollable_input_stream_read_nonblocking (self->tls, buffer + done,
                                                  GST_CAMERA_LOOP_BUFFER - done, NULL, &error);
    done += (gsize) MAX (n, 0);
  } while (n > 0 && done < GST_CAMERA_LOOP_BUFFER);
  if (done > 0 || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return done; /* an end is there the next time too */
  if (n == 0 || g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_EOF))
    end_with (self, "closed the connection");
  else
    lose (self, error->message);
  return 0;
}

/* Whether the camera hung up, which else only reading shows; what it sent before is not read. */
static void
look (GstCameraReceiver *self)
{
  struct pollfd poll_fd = { .fd = self->fd, .events = POLLRDHUP };
  gint error = 0;
  socklen_t size = sizeof error;

  if (self->end != NULL || poll (&poll_fd, 1, 0) <= 0)
    return;
  if ((poll_fd.revents & POLLERR) != 0
      && getsockopt (self->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0)
    lose (self, g_strerror (error));
  else
    end_with (self, "closed the connection");
}

/* What came together with the answer to PLAY. */
static void
take_rest (GstCameraReceiver *self)
{
  g_autoptr (GByteArray) rest = g_steal_pointer (&self->playing->rest);

  if (rest != NULL)
    gst_camera_interleave_take (self->interleave, rest->data, rest->len);
}

static void
pause_units (GstCameraReceiver *self)
{
  if (self->events->pause != NULL)
    self->events->pause (self->owner);
}

/* Reads up to @most bytes. Gives whether there may be more. */
static gboolean
take (GstCameraReceiver *self, guint8 *buffer, gsize most, GstClockTime arrival, gint64 now)
{
  gsize taken = 0;
  gsize n = GST_CAMERA_LOOP_BUFFER;

  self->arrival.time = arrival;
  self->arrival.period = (GstClockTime) MAX (now - self->emptied, 0) * GST_USECOND;
  self->arrival.monotonic = now;
  take_rest (self);
  /* Less than was asked for is all there was. */
  while (self->end == NULL && n == GST_CAMERA_LOOP_BUFFER && taken < most) {
    n = self->tls != NULL ? read_tls (self, buffer) : read_plain (self, buffer);
    gst_camera_interleave_take (self->interleave, buffer, n);
    taken += n;
  }
  if (n < GST_CAMERA_LOOP_BUFFER)
    self->emptied = now;
  return n == GST_CAMERA_LOOP_BUFFER;
}

static void
flush (GstCameraReceiver *self)
{
  for (guint i = 0; i < self->n_tracks; i++)
    gst_camera_lean_media_flush (self->tracks[i].media);
}

/* --- Saying --- */

static void
send_reports (GstCameraReceiver *self, gint64 now)
{
  guint8 packet[GST_CAMERA_RTCP_SIZE];

  for (guint i = 0; i < self->n_tracks; i++) {
    gsize size
        = gst_camera_lean_media_write_report (self->tracks[i].media, packet, self->cname, now);

    gst_camera_dialogue_send_packet (self->dialogue, self->tracks[i].rtcp_channel, packet, size);
  }
}

/* Once there is a unit to lay the report beside. */
static void
give_clock (GstCameraReceiver *self, gint64 now)
{
  GstClockTime running_time;
  gint64 camera_time;

  if (!gst_camera_lean_media_get_clock (self->tracks[0].media, &camera_time, &running_time))
    return;
  self->clock_due = FALSE;
  self->clock_given = now;
  self->events->clock (self->owner, camera_time, running_time);
}

gboolean
gst_camera_receiver_run (GstCameraReceiver *self, guint8 *buffer, GstClockTime arrival, gint64 now,
                         gint64 *next, GError **error)
{
  gboolean reads = GST_CLOCK_TIME_IS_VALID (arrival);
  gboolean more = reads && take (self, buffer, GST_CAMERA_RECEIVER_RUN, arrival, now);

  if (!reads)
    look (self);
  if (self->clock_due)
    give_clock (self, now);
  if (self->end != NULL)
    flush (self);
  if (reads)
    pause_units (self);
  if (self->end != NULL) {
    g_propagate_error (error, g_error_copy (self->end));
    return FALSE;
  }
  if (now >= self->report_due) {
    send_reports (self, now);
    self->report_due = now + get_report_interval ();
  }
  *next = MIN (gst_camera_dialogue_run (self->dialogue, now), self->report_due);
  if (more)
    *next = now;
  else if (!reads)
    *next = MIN (*next, now + LOOK_INTERVAL);
  return TRUE;
}

void
gst_camera_receiver_drain (GstCameraReceiver *self, guint8 *buffer, GstClockTime arrival)
{
  if (GST_CLOCK_TIME_IS_VALID (arrival) && self->end == NULL)
    take (self, buffer, DRAIN, arrival, g_get_monotonic_time ());
  flush (self);
  pause_units (self);
}

void
gst_camera_receiver_tear_down (GstCameraReceiver *self)
{
  guint8 unwanted[16384];
  gsize left = DRAIN;
  gssize n;

  gst_camera_dialogue_tear_down (self->dialogue);
  /* What is left unread would make the kernel reset the connection, and TEARDOWN be lost. */
  do {
    n = recv (self->fd, unwanted, sizeof unwanted, MSG_DONTWAIT);
    left -= MIN ((gsize) MAX (n, 0), left);
  } while (n > 0 && left > 0);
  shutdown (self->fd, SHUT_WR);
}

const gchar *
gst_camera_receiver_get_again (const GstCameraReceiver *self)
{
  return gst_camera_dialogue_get_again (self->dialogue);
}

void
gst_camera_receiver_count (const GstCameraReceiver *self, GstCameraRtpCounters *counters)
{
  *counters = (GstCameraRtpCounters){ 0 };
  for (guint i = 0; i < self->n_tracks; i++)
    gst_camera_lean_media_count (self->tracks[i].media, counters);
}
