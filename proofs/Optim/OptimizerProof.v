(* The template of each optimizer computes what the optimizer says: clipping, weight decay, the rule. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Export Optim.Mathematics.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Print.Bytes Ops.Op Ops.Curve
  Ops.TemplateProof
  Autodiff.Walk Optim.Optimizer Optim.RuleProof.
Import ListNotations.
Open Scope R_scope.

(* The gradient that the rule sees. *)
Lemma prepared_correct o t scale n L theta g sigma : length L = n ->
  has L 0 (snd t) theta -> has L 1 (snd t) g -> (clips o = true -> has L scale [] (fun _ => sigma)) ->
  runs (fst (prepared o t scale n)) L
    (fun L' => has L' (snd (prepared o t scale n)) (snd t) (effective o t sigma theta g)).
Proof.
  intros N Ht Hg Hs. unfold prepared, effective, clips in *.
  destruct (o_clip o); [specialize (Hs eq_refl)|clear Hs]; destruct (coupled o t) as [l|];
    cbn [fst snd length clipped app]; counted.
  - change (runs (clipped t scale n ++ decayed t l (S n) (S (S n))) L
      (fun L' => has L' (S (S (S (S n)))) (snd t) (fun i => g i * sigma + value_of l * theta i))).
    next_block runs_clipped. last_block runs_decayed. known.
  - change (runs (clipped t scale n) L (fun L' => has L' (S n) (snd t) (fun i => g i * sigma + 0))).
    last_block runs_clipped. known.
  - last_block runs_decayed. known.
  - apply runs_nil. known.
Qed.

(* ---- the environment that a template begins with ---- *)
Lemma all_have_mid s l : forall A B, all_have (A ++ l ++ B) s (length A) l.
Proof.
  unfold all_have. induction l as [|x l IH]; simpl; intros A B; constructor.
  - split. rewrite app_length; simpl; lia. intros i _. rewrite nth_middle; auto.
  - specialize (IH (A ++ [x]) B). rewrite app_length, Nat.add_1_r, <- app_assoc in IH. auto.
Qed.
Lemma all_have_keeps L L' s k l : keeps L L' -> all_have L s k l -> all_have L' s k l.
Proof. intros K H. unfold all_have in *. induction H; constructor; auto. Qed.
(* A scalar tensor is its one number. *)
Lemma all_have_scalars L k l : all_have L [] k l ->
  all_have L [] k (map (fun x _ => x) (map (fun x : tensor => x []) l)).
Proof.
  unfold all_have. rewrite !map_length. generalize (seq k (length l)). clear k.
  induction l as [|x l IH]; simpl; intros [|k ks] H; try (inversion H; fail); constructor.
  - apply all_have_cons in H as [H _]. apply (has_ext _ _ _ _ _ H). intros [|] Hi; auto; discriminate.
  - apply all_have_cons in H as [_ H]. auto.
Qed.
Lemma shared_length o e eta t : length (snd (shared_of o e)) = length (shared_values o eta t).
Proof. unfold shared_of, shared_values. destruct (o_rule o); auto. Qed.

(* Pointwise equal on a shape; scalars as tensors. *)
Definition same_on (s : shape) (a b : tensor) : Prop := forall i, inb s i = true -> a i = b i.
Definition scalars_are (l : list tensor) (v : list R) : Prop := map (fun x : tensor => x []) l = v.

(* Run on θ, its gradient g, the step's scalars, the scale of clipping and the state, the template of a
   parameter of type t makes the new θ and the new state. *)
Theorem update_correct o t theta g (shared scale state : list tensor) eta step sigma :
  scalars_are shared (shared_values o eta step) -> scalars_are scale (if clips o then [sigma] else []) ->
  length state = length (state_of o) ->
  let u := update_of o t in
  let L := teval (map fst (u_code u)) (theta :: g :: shared ++ scale ++ state) in
  same_on (snd t) (nth (u_theta u) L tz) (new_theta o t theta g (shared_values o eta step) sigma state)
  /\ Forall2 (same_on (snd t)) (map (fun k => nth k L tz) (u_state u)) (new_state o t theta g sigma state).
Proof.
  intros HS HC LS. set (L0 := theta :: g :: shared ++ scale ++ state).
  assert (LH : length shared = length (snd (shared_of o (fst t)))).
  { rewrite (shared_length o _ eta step), <- HS, map_length; auto. }
  assert (LC : length scale = if clips o then 1%nat else 0%nat).
  { rewrite <- (map_length (fun x : tensor => x [])), HC. destruct (clips o); auto. }
  assert (N0 : length L0 = (2 + length shared + length scale + length state)%nat).
  { unfold L0; simpl. rewrite !app_length. lia. }
  assert (H0 : has L0 0 (snd t) theta) by (split; [simpl; lia | auto]).
  assert (H1 : has L0 1 (snd t) g) by (split; [simpl; lia | auto]).
  assert (H2 : all_have L0 [] 2 (map (fun x _ => x) (shared_values o eta step))).
  { rewrite <- HS. apply all_have_scalars. apply (all_have_mid [] shared [theta; g] (scale ++ state)). }
  assert (H3 : clips o = true -> has L0 (2 + length shared) [] (fun _ => sigma)).
  { intros C. rewrite C in HC. pose proof (all_have_mid [] scale ([theta; g] ++ shared) state) as H.
    apply all_have_scalars in H. rewrite HC in H. unfold all_have in H. simpl in H.
    apply all_have_cons in H as [H _]. exact H. }
  assert (H4 : all_have L0 (snd t) (2 + length shared + length scale) state).
  { pose proof (all_have_mid (snd t) state ([theta; g] ++ shared ++ scale) []) as H.
    rewrite app_nil_r in H. simpl in H. rewrite app_length, <- app_assoc in H. exact H. }
  unfold update_of. rewrite <- LH, <- LC, <- LS, <- N0.
  set (st := (2 + length shared + length scale)%nat) in *.
  pose proof (prepared_correct o t (2 + length shared) (length L0) L0 theta g sigma eq_refl H0 H1 H3) as P.
  destruct (prepared o t (2 + length shared) (length L0)) as [c k]. cbn [fst snd u_code u_theta u_state] in *.
  assert (R : runs (c ++ u_code (rule_of t (o_rule o) (decay_of o t) k st (length L0 + length c))) L0
    (fun L' =>
    has L' (u_theta (rule_of t (o_rule o) (decay_of o t) k st (length L0 + length c))) (snd t)
      (new_theta o t theta g (shared_values o eta step) sigma state)
    /\ Forall2 (fun k f => has L' k (snd t) f)
         (u_state (rule_of t (o_rule o) (decay_of o t) k st (length L0 + length c)))
         (new_state o t theta g sigma state))).
  { eapply runs_block; [exact P|]. intros L' E K HE.
    unfold new_theta, new_state. replace (nth 0 (shared_values o eta step) 0) with eta.
    2:{ unfold shared_values; destruct (o_rule o); auto. }
    apply (rule_correct (o_rule o)); auto.
    - apply (all_have_keeps L0); auto.
    - apply (all_have_keeps L0); auto. }
  unfold runs in R. destruct R as [[_ R1] R2]. split; [exact R1|].
  clear - R2. induction R2 as [|? ? ? ? [_ H]]; simpl; constructor; auto.
Qed.

(* Templates use only what precedes; the new θ and state are values of the template's environment. *)
Definition update_bounds (o : optimizer) (t : ty) : bool :=
  let u := update_of o t in
  let n := (2 + length (snd (shared_of o (fst t))) + (if clips o then 1 else 0) + length (state_of o))%nat in
  template_ok (map fst (u_code u)) n
  && forallb (fun k => Nat.ltb k (n + length (u_code u))) (u_theta u :: u_state u).
Lemma update_bounded o t : update_bounds o t = true.
Proof.
  unfold update_bounds, update_of, prepared, coupled, clips, shared_of, state_of.
  destruct o as [r d v c]; unfold o_rule, o_clip. destruct (decay_of _ t); destruct r, c; reflexivity.
Qed.
