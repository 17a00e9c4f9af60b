// SPDX-License-Identifier: Apache-2.0
import { prefixDetector } from "../detector.js";

/**
 * Keys of the makers of language models: OpenAI (`T3BlbkFJ` stands inside), Anthropic, Hugging Face, Groq, xAI, Perplexity, Replicate,
 * Cohere-like `sk-` keys, OpenRouter, LangSmith, Fireworks, Cerebras, NVIDIA, ElevenLabs.
 */
export const ai = prefixDetector({
  name: "ai_key",
  literals: ["sk-", "hf_", "gsk_", "xai-", "pplx-", "r8_", "lsv2_", "fw_", "csk-", "nvapi-"],
  pattern:
    /(?<![A-Za-z0-9_-])(?:sk-(?:proj|svcacct|admin|ant-(?:api|admin|sid)\d{2}|or-v1|None)-[\w-]{20,256}|sk-(?=[\w-]{0,64}\d)[A-Za-z0-9]{20,128}(?![\w-])|sk_[0-9a-f]{48}(?![0-9a-z])|hf_[A-Za-z0-9]{30,64}|gsk_[A-Za-z0-9]{40,80}|xai-[A-Za-z0-9]{60,100}|pplx-[A-Za-z0-9]{40,80}|r8_[A-Za-z0-9]{36,48}|lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}|fw_[A-Za-z0-9]{22,40}(?![\w-])|csk-[a-z0-9]{40,64}|nvapi-[\w-]{60,80})/g,
  cut: /(?<![A-Za-z0-9_-])(?:sk-(?:proj|ant|svcacct|admin)-[\w-]{4,40}|hf_(?=[A-Za-z]*\d)[A-Za-z0-9]{10,29}|gsk_(?=[A-Za-z]*\d)[A-Za-z0-9]{10,39})$/,
  isSure: (token) => token.length >= 32,
});
