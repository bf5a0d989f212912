/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SIM_CODEC_H264,
  SIM_CODEC_H265,
} SimCodec;

typedef enum {
  SIM_AUDIO_NONE,
  SIM_AUDIO_AAC,  /* RFC 3640 AAC-hbr, 16 kHz mono */
  SIM_AUDIO_PCMU, /* RFC 3551, 8 kHz mono */
  SIM_AUDIO_PCMA, /* RFC 3551, 8 kHz mono */
  SIM_AUDIO_OPUS, /* RFC 7587, 48 kHz mono in a stereo description */
} SimAudioCodec;

typedef enum {
  SIM_STREAM_MAIN,
  SIM_STREAM_SUB,
  SIM_N_STREAMS,
} SimStreamKind;

typedef enum {
  SIM_TRACK_VIDEO,
  SIM_TRACK_AUDIO,
  SIM_N_TRACKS,
} SimTrackKind;

/* What a stream's pictures are like. */
typedef struct {
  SimCodec codec;
  guint width;     /* pixels, even */
  guint height;    /* pixels, even */
  guint bitrate;   /* kbit/s, kept by filler data */
  guint fps_milli; /* frames in 1000 s */
  guint bframes;   /* B frames between two P frames, 0 to 4 */
  gdouble gop;     /* seconds between key frames */
} SimVideoConfig;

typedef struct {
  SimVideoConfig video[SIM_N_STREAMS];
  SimAudioCodec audio;
} SimCameraConfig;

static inline const char *
sim_stream_kind_name (SimStreamKind kind)
{
  return kind == SIM_STREAM_MAIN ? "main" : "sub";
}

static inline const char *
sim_codec_name (SimCodec codec)
{
  return codec == SIM_CODEC_H264 ? "h264" : "h265";
}

/* Number of frames in a GOP of @seconds, 0 when it is endless (negative). */
static inline guint
sim_video_config_gop_frames (const SimVideoConfig *config, gdouble seconds)
{
  if (seconds < 0)
    return 0;
  return MAX (2, (guint) (seconds * config->fps_milli / 1000.0 + 0.5));
}

G_END_DECLS
