(* What each optimizer computes, as mathematics. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Print.Bytes Ops.Op Ops.Curve
  Optim.Optimizer.
Import ListNotations.
Open Scope R_scope.

Definition value_of (d : decimal) : R := sem_decimal Rscal d.

(* ---- the mathematics ---- *)
(* Of the parameters' scalars those that the rule asks for: η, and for Adam 1 - β1^t and 1 - β2^t. *)
Definition rule_values (r : rule) (eta t : R) : list R :=
  match r with
  | Adam b1 b2 _ | AdamW b1 b2 _ | Lamb b1 b2 _ =>
      [eta; 1 - Rpower (value_of b1) t; 1 - Rpower (value_of b2) t]
  | _ => [eta]
  end.
(* Whether the optimizer moves the parameters: always, unless a batch comes in parts; then where a is not 0. *)
Definition applies (o : optimizer) (a : R) : bool :=
  if accumulates o then if Req_EM_T a 0 then false else true else true.
Definition shared_values (o : optimizer) (eta t a : R) : list R :=
  rule_values (o_rule o) eta t ++ (if accumulates o then [if applies o a then 1 else 0] else []).
(* The gradient of a batch that comes in parts: the sum over the parts so far, the state's last tensor, and
   this part's share. *)
Definition accumulated (o : optimizer) (t : ty) (g : tensor) (state : list tensor) : tensor :=
  match o_parts o with
  | Some k => tab Rscal (snd t) (fun i => last state tz i + g i / value_of k)
  | None => g
  end.
(* Clipping: all gradients are multiplied by limit / max(norm, limit), norm the root of the sum of all their
   squares. *)
Definition clip_scale (o : optimizer) (norm : R) : R :=
  match o_clip o with Some c => value_of c / Rmax norm (value_of c) | None => 1 end.
(* The gradient that the rule sees: scaled by clipping, plus coupled weight decay. *)
Definition effective (o : optimizer) (t : ty) (sigma : R) (theta g : tensor) : tensor := fun i =>
  (if clips o then g i * sigma else g i)
  + match coupled o t with Some l => value_of l * theta i | None => 0 end.
(* A running average. *)
Definition averaged (beta : decimal) (old x : tensor) : tensor := fun i =>
  value_of beta * old i + value_of (complement beta) * x i.
Definition squared (g : tensor) : tensor := fun i => g i * g i.
Definition norm (s : shape) (x : tensor) : R := sqrt (dotp s x x).
(* LAMB's trust ratio: ‖θ‖/‖u‖, or 1 if either is 0. *)
Definition trust_ratio (theta_norm update_norm : R) : R :=
  if Rlt_dec 0 update_norm then if Rlt_dec 0 theta_norm then theta_norm / update_norm else 1 else 1.
(* The new state, and the direction in which the parameter, of shape s, moves by η. *)
Definition rule_state (r : rule) (g : tensor) (state : list tensor) : list tensor :=
  match r, state with
  | (Momentum mu | Nesterov mu), [v] => [fun i => value_of mu * v i + g i]
  | RmsProp alpha _, [v] => [averaged alpha v (squared g)]
  | (Adam b1 b2 _ | AdamW b1 b2 _ | Lamb b1 b2 _), [m; v] => [averaged b1 m g; averaged b2 v (squared g)]
  | _, _ => []
  end.
Definition adam_direction (eps : decimal) (c1 c2 : R) (m v : tensor) : tensor := fun i =>
  (m i / c1) / (sqrt (v i / c2) + value_of eps).
Definition with_decay (decay : option decimal) (theta u : tensor) : tensor :=
  match decay with Some l => fun i => u i + value_of l * theta i | None => u end.
Definition trusted_step (s : shape) (adapts : bool) (theta u : tensor) : tensor := fun i =>
  (if adapts then trust_ratio (norm s theta) (norm s u) else 1) * u i.
Definition direction (s : shape) (r : rule) (adapts : bool) (decay : option decimal) (theta g : tensor)
           (shared : list R) (state : list tensor) : tensor :=
  match r, rule_state r g state, shared with
  | Momentum _, [v], _ => v
  | Nesterov mu, [v], _ => fun i => g i + value_of mu * v i
  | RmsProp _ eps, [v], _ => fun i => g i / (sqrt (v i) + value_of eps)
  | Adam _ _ eps, [m; v], [_; c1; c2] => adam_direction eps c1 c2 m v
  | AdamW _ _ eps, [m; v], [_; c1; c2] => with_decay decay theta (adam_direction eps c1 c2 m v)
  | Lamb _ _ eps, [m; v], [_; c1; c2] =>
      trusted_step s adapts theta (with_decay decay theta (adam_direction eps c1 c2 m v))
  | _, _, _ => g
  end.
(* Where the optimizer moves θ to, and the states that it then has. *)
Definition moved_theta (o : optimizer) (t : ty) (theta g : tensor) (shared : list R) (sigma : R)
           (state : list tensor) : tensor := fun i =>
  theta i - nth 0 shared 0
    * direction (snd t) (o_rule o) (adapts o t) (decay_of o t) theta (effective o t sigma theta g) shared
        (firstn (length (rule_states (o_rule o))) state) i.
Definition moved_state (o : optimizer) (t : ty) (theta g : tensor) (shared : list R) (sigma : R)
           (state : list tensor) : list tensor :=
  let k := length (rule_states (o_rule o)) in
  rule_state (o_rule o) (effective o t sigma theta g) (firstn k state)
  ++ match o_average o with
     | Some beta => [averaged beta (nth k state tz) (moved_theta o t theta g shared sigma state)]
     | None => []
     end.
(* If it moves them; else they stay, and the sum over the parts becomes g, which begins at 0 again. *)
Definition new_theta (o : optimizer) (t : ty) (theta g : tensor) (shared : list R) (a sigma : R)
           (state : list tensor) : tensor :=
  if applies o a then moved_theta o t theta g shared sigma state else theta.
Definition new_state (o : optimizer) (t : ty) (theta g : tensor) (shared : list R) (a sigma : R)
           (state : list tensor) : list tensor :=
  (if applies o a then moved_state o t theta g shared sigma state
   else firstn (length (step_states o)) state)
  ++ (if accumulates o then [if applies o a then tz else g] else []).

(* The cases of the trust ratio. *)
Lemma trust_ratio_positive w u : 0 < w -> 0 < u -> trust_ratio w u = w / u.
Proof. intros W U. unfold trust_ratio. destruct (Rlt_dec 0 u), (Rlt_dec 0 w); lra. Qed.
Lemma trust_ratio_zero w u : w <= 0 \/ u <= 0 -> trust_ratio w u = 1.
Proof. intros H. unfold trust_ratio. destruct (Rlt_dec 0 u), (Rlt_dec 0 w); lra. Qed.
Lemma norm_scaled s (x y : tensor) c : (forall i, inb s i = true -> x i = c * y i) ->
  norm s x = Rabs c * norm s y.
Proof.
  intros H. unfold norm. rewrite <- sqrt_Rsqr_abs, <- sqrt_mult.
  - f_equal. unfold dotp. rewrite <- sum_scal. apply sum_ext. intros i Hi. apply in_indices in Hi.
    rewrite H by auto. unfold Rsqr. ring.
  - apply Rle_0_sqr.
  - apply sum_nonneg. intros i _. apply Rle_0_sqr.
Qed.
(* So where neither norm is 0, LAMB's step is as long as the parameter, times η. *)
Lemma trusted_norm s theta u : 0 < norm s theta -> 0 < norm s u ->
  norm s (trusted_step s true theta u) = norm s theta.
Proof.
  intros W U. rewrite (norm_scaled s _ u (trust_ratio (norm s theta) (norm s u))) by auto.
  rewrite trust_ratio_positive by auto. rewrite Rabs_right. field; lra.
  apply Rle_ge, Rlt_le, Rdiv_lt_0_compat; auto.
Qed.

(* 1 - β is exact. *)
Lemma complement_value m e : (e <= 0)%Z -> value_of (complement (Dec m e)) = 1 - value_of (Dec m e).
Proof.
  intros H. unfold value_of, complement, sem_decimal; cbn [sofQ Rscal].
  destruct (Z.leb_spec 0 e).
  - assert (e = 0)%Z by lia. subst. change (10 ^ (- 0))%Z with 1%Z. change (10 ^ 0)%Z with 1%Z.
    rewrite !Z.mul_1_r, minus_IZR. field.
  - assert (P : (0 < 10 ^ (- e))%Z) by (apply Z.pow_pos_nonneg; lia).
    rewrite Z2Pos.id, minus_IZR by auto. field. apply not_0_IZR. lia.
Qed.
