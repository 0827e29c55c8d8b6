/** A field of research that readers can choose. */
export interface Topic {
  /** As it is stored and written in files. */
  slug: string;
  label: string;
  /**
   * arXiv categories. A paper with one of these as its primary category belongs to the topic; a paper
   * with one as a secondary category needs a phrase as well.
   */
  categories: readonly string[];
  /** Phrases of its papers, matched as keywords are. */
  phrases: readonly string[];
}

function topic(label: string, categories: string, phrases: string): Topic {
  return {
    slug: label.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
    label,
    categories: categories.split(' ').filter(Boolean),
    phrases: phrases.split(',').map((phrase) => phrase.trim()),
  };
}

/**
 * The topics, in the order in which they are offered. Words that nearly every paper has are left out:
 * a topic that matches everything is of no use.
 */
export const TOPICS: readonly Topic[] = [
  topic(
    'Agents',
    'cs.MA',
    'agent, agentic, multi-agent, tool use, tool calling, computer use, GUI agent, web agent, deep research, agent harness, agent memory',
  ),
  topic(
    'Reasoning',
    'cs.LO',
    'reasoning, chain-of-thought, CoT, test-time scaling, test-time compute, thinking model, long thinking',
  ),
  topic(
    'Reinforcement learning',
    '',
    'reinforcement learning, RL, RLHF, RLVR, GRPO, PPO, DPO, policy optimization, policy gradient, reward model, verifiable reward, reward shaping, Q-learning, actor-critic',
  ),
  topic(
    'Pre-training and scaling',
    '',
    'large-scale pre-training, language model pre-training, pre-training data, pre-training corpus, scaling law, foundation model training, optimizer, training dynamics, data mixture, learning rate schedule',
  ),
  topic(
    'Fine-tuning and distillation',
    '',
    'fine-tuning, LoRA, adapter, parameter-efficient, PEFT, distillation, instruction tuning, post-training, model merging',
  ),
  topic(
    'Efficiency and hardware',
    'cs.AR cs.DC cs.PF',
    'quantization, pruning, sparse attention, linear attention, KV cache, speculative decoding, mixture of experts, MoE, GPU kernel, CUDA, inference acceleration, efficient inference, on-device, memory-efficient, model compression, serving system',
  ),
  topic(
    'Model architectures',
    'cs.NE',
    'state space model, Mamba, recurrent neural network, linear attention, attention mechanism, positional encoding, mixture of experts, looped transformer, diffusion language model, hybrid architecture, tokenizer-free, spiking neural network',
  ),
  topic(
    'Language and text',
    'cs.CL',
    'machine translation, summarization, multilingual, low-resource language, text classification, named entity recognition, sentiment analysis, text generation, dialogue, linguistic, tokenization, tokenizer, natural language inference, embedding model',
  ),
  topic(
    'Search and retrieval',
    'cs.IR',
    'retrieval, retrieval-augmented generation, RAG, search engine, search agent, reranking, reranker, recommender system, recommendation, knowledge base, question answering, dense retriever',
  ),
  topic(
    'Code and software',
    'cs.SE cs.PL',
    'code generation, coding agent, software engineering, program synthesis, program repair, code model, programming, compiler, SWE-bench, text-to-SQL, repository-level, unit test',
  ),
  topic(
    'Mathematics and proofs',
    'math.CO math.NT math.OC',
    'mathematical reasoning, math reasoning, theorem proving, theorem prover, formal proof, Lean 4, autoformalization, olympiad, math problem, formal verification',
  ),
  topic(
    'Vision',
    'cs.CV eess.IV',
    'computer vision, object detection, segmentation, image classification, depth estimation, visual recognition, pose estimation, optical flow, visual tracking, image restoration, super-resolution, visual representation, OCR, image understanding, remote sensing',
  ),
  topic(
    'Vision and language',
    '',
    'vision-language, VLM, multimodal large language model, MLLM, LMM, multimodal model, visual question answering, image captioning, CLIP, visual reasoning, multimodal reasoning, omni-modal, document understanding, chart understanding',
  ),
  topic(
    'Image generation',
    '',
    'image generation, text-to-image, image editing, image synthesis, diffusion model, latent diffusion, flow matching, GAN, rectified flow, diffusion transformer, DiT, autoregressive image, inpainting, style transfer',
  ),
  topic(
    'Video',
    '',
    'video generation, text-to-video, video diffusion, video understanding, video editing, video model, video language model, video question answering, long video, image-to-video, video generator',
  ),
  topic(
    '3D and graphics',
    'cs.GR cs.CG',
    'Gaussian splatting, NeRF, neural radiance field, 3D reconstruction, 3D generation, 4D generation, novel view synthesis, mesh, point cloud, rendering, avatar, motion generation, human motion, text-to-3D, scene reconstruction, 4D reconstruction, computer graphics',
  ),
  topic(
    'World models and simulation',
    '',
    'world model, interactive world, simulator, simulation environment, game engine, physical simulation, digital twin, world simulation',
  ),
  topic(
    'Robotics',
    'cs.RO',
    'robot, robotic, robotics, embodied, manipulation policy, vision-language-action, VLA, humanoid, locomotion, dexterous, grasping, navigation policy, visuomotor, sim-to-real, robot learning',
  ),
  topic(
    'Autonomous driving',
    '',
    'autonomous driving, self-driving, autonomous vehicle, trajectory prediction, traffic, driving scene',
  ),
  topic(
    'Speech and audio',
    'cs.SD eess.AS',
    'speech, speech recognition, ASR, text-to-speech, TTS, audio, music, music generation, voice, speaker, sound, audio generation, spoken',
  ),
  topic(
    'Safety and alignment',
    'cs.CR cs.CY',
    'AI safety, AI alignment, safety alignment, value alignment, jailbreak, red teaming, prompt injection, adversarial attack, harmful, guardrail, safety, misalignment, deception, privacy, watermark, backdoor, bias and fairness, toxicity, unlearning, deepfake',
  ),
  topic(
    'Interpretability',
    '',
    'interpretability, mechanistic interpretability, sparse autoencoder, circuit analysis, probing, explainability, explainable, activation steering, steering vector, internal representation, attribution',
  ),
  topic(
    'Evaluation and data',
    '',
    'benchmark, evaluation framework, leaderboard, LLM-as-a-judge, data curation, synthetic data, data contamination, annotated dataset, dataset construction, hallucination',
  ),
  topic(
    'Science',
    'q-bio.BM q-bio.GN q-bio.QM q-bio.NC physics.chem-ph physics.comp-ph cond-mat.mtrl-sci astro-ph.IM physics.ao-ph',
    'scientific discovery, AI scientist, protein, molecule, molecular, drug discovery, chemistry, materials science, materials discovery, biology, genomics, DNA, single-cell, physics-informed, partial differential equation, PDE, neural operator, weather forecasting, climate, astronomy, quantum, AI for science',
  ),
  topic(
    'Medicine and health',
    '',
    'medical, clinical, patient, healthcare, radiology, pathology, diagnosis, biomedical, disease, surgical, EHR, MRI',
  ),
  topic(
    'Graphs and tables',
    'cs.SI cs.DB',
    'graph neural network, GNN, knowledge graph, tabular, node classification, link prediction, graph learning, time series, forecasting, anomaly detection',
  ),
  topic(
    'Theory and statistics',
    'stat.ML math.ST cs.IT cs.DS',
    'generalization bound, convergence rate, convergence analysis, sample complexity, statistical learning, optimal transport, Bayesian, causal inference, minimax, regret bound, learning theory, identifiability',
  ),
];

const BY_NAME = new Map(
  TOPICS.flatMap((one) => [
    [one.slug, one],
    [one.label.toLowerCase(), one],
  ]),
);

/** Finds a topic by its label or slug, in any case. */
export function findTopic(text: string): Topic | undefined {
  return BY_NAME.get(text.trim().toLowerCase());
}

/**
 * What a topic of a reason or of preferences is called. Older selections have the label itself, and
 * readers may have topics that are not offered.
 */
export function toTopicLabel(topic: string): string {
  return findTopic(topic)?.label ?? topic;
}
