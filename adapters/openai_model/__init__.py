"""Language models behind any OpenAI-compatible endpoint: OpenAI, Azure, Ollama, vLLM, llama.cpp, LiteLLM, ..."""

from adapters.openai_model.endpoint import Endpoint as Endpoint
from adapters.openai_model.fallback import with_fallback as with_fallback
from adapters.openai_model.model import OpenAIModel as OpenAIModel
