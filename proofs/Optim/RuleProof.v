(* The template of each rule computes what the rule says. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Print.Bytes Ops.Op Ops.Curve
  Ops.TemplateProof
  Autodiff.Walk Optim.Optimizer Optim.Mathematics Optim.ScalarsProof.
Import ListNotations.
Open Scope R_scope.

(* ---- running templates ---- *)
(* The k-th local value is the tensor f of shape s. *)
Definition has (L : list tensor) (k : nat) (s : shape) (f : tensor) : Prop :=
  (k < length L)%nat /\ forall i, inb s i = true -> nth k L tz i = f i.
(* After the code, run in L, Q holds. *)
Definition runs (c : named_code) (L : list tensor) (Q : list tensor -> Prop) : Prop :=
  Q (teval (map fst c) L).
Definition keeps (L L' : list tensor) : Prop := forall k s f, has L k s f -> has L' k s f.

Lemma has_ext L k s f g : has L k s f -> (forall i, inb s i = true -> f i = g i) -> has L k s g.
Proof. intros [H1 H2] E. split; auto. intros i Hi. rewrite H2; auto. Qed.
Lemma keeps_teval tm L : keeps L (teval tm L).
Proof.
  intros k s f [H1 H2]. split. rewrite teval_length; lia. intros i Hi. rewrite teval_nth; auto.
Qed.
Lemma runs_nil L (Q : list tensor -> Prop) : Q L -> runs [] L Q.
Proof. auto. Qed.
(* First c, then d. *)
Lemma runs_app c d L Q : runs c L (fun L' => runs d L' Q) -> runs (c ++ d) L Q.
Proof. unfold runs. rewrite map_app, teval_app. auto. Qed.
(* c makes some values; what follows finds them, and all that was there. *)
Lemma runs_block c d L (P Q : list tensor -> Prop) : runs c L P ->
  (forall L', length L' = (length L + length c)%nat -> keeps L L' -> P L' -> runs d L' Q) ->
    runs (c ++ d) L Q.
Proof.
  intros H K. apply runs_app. apply K; auto.
  - rewrite teval_length, map_length; auto.
  - apply keeps_teval.
Qed.
Lemma runs_last c L (P Q : list tensor -> Prop) : runs c L P -> (forall L', keeps L L' -> P L' ->
  Q L') -> runs c L Q.
Proof. intros H K. apply K; auto. apply keeps_teval. Qed.
(* One instruction makes f. *)
Lemma runs_instr i nm c n s f L (Q : list tensor -> Prop) : length L = n ->
  (forall o, inb s o = true ->
     sem Rscal (t_op i) (t_ats i) (t_rty i) (map (fun k => nth k L tz) (t_args i)) o = f o) ->
  (forall L', length L' = S n -> keeps L L' -> has L' n s f -> runs c L' Q) -> runs ((i, nm) :: c) L Q.
Proof.
  intros <- H K. apply (K (tstep L i)).
  - unfold tstep. rewrite app_length; simpl; lia.
  - apply (keeps_teval [i]).
  - split. unfold tstep; rewrite app_length; simpl; lia. intros o Ho. rewrite nth_tstep; auto.
Qed.

(* The instructions that the templates are made of, on a parameter's type. *)
Section Steps.
  Variables (t : ty) (nm : literal) (c : named_code) (n : nat) (L : list tensor) (Q : list tensor -> Prop).
  Hypothesis N : length L = n.
  Definition then_has (f : tensor) : Prop :=
    forall L', length L' = S n -> keeps L L' -> has L' n (snd t) f -> runs c L' Q.
  Lemma runs_bin b x y f g : has L x (snd t) f -> has L y (snd t) g ->
    then_has (fun i => sem_binary Rscal b (f i) (g i)) -> runs ((bin t b x y, nm) :: c) L Q.
  Proof.
    intros [_ Hf] [_ Hg] K. apply (runs_instr _ _ _ n (snd t) _ _ _ N) with (2 := K).
    intros o Ho. unfold bin; simpl. rewrite sem_in by auto. simpl. rewrite Hf, Hg; auto.
  Qed.
  Lemma runs_fixed d : then_has (fun _ => value_of d) -> runs ((fixed t d, nm) :: c) L Q.
  Proof.
    intros K. apply (runs_instr _ _ _ n (snd t) _ _ _ N) with (2 := K).
    intros o Ho. unfold fixed; simpl. rewrite sem_in; auto.
  Qed.
  Lemma runs_spread k x : has L k [] (fun _ => x) -> then_has (fun _ => x) ->
    runs ((spread t k, nm) :: c) L Q.
  Proof.
    intros [_ H] K. apply (runs_instr _ _ _ n (snd t) _ _ _ N) with (2 := K).
    intros o Ho. unfold spread; simpl. rewrite sem_in by auto. simpl. rewrite H; auto.
  Qed.
  Lemma runs_sqrt k f : has L k (snd t) f -> then_has (fun i => sqrt (f i)) ->
    runs ((T (Unary Sqrt) [k] [t] t, nm) :: c) L Q.
  Proof.
    intros [_ H] K. apply (runs_instr _ _ _ n (snd t) _ _ _ N) with (2 := K).
    intros o Ho. simpl. rewrite sem_in by auto. simpl. rewrite H; auto.
  Qed.
  Lemma runs_sum k f : has L k (snd t) f ->
    (forall L', length L' = S n -> keeps L L' -> has L' n [] (fun _ => Sum f (indices (snd t))) -> runs c L' Q) ->
    runs ((T (Reduce RAdd (zseq (rank (snd t)))) [k] [t] (fst t, []), nm) :: c) L Q.
  Proof.
    intros [_ H] K. apply (runs_instr _ _ _ n [] _ _ _ N) with (2 := K).
    intros [|] Ho; [|discriminate]. cbn [t_op t_ats t_rty t_args map].
    transitivity (Sum (nth k L tz) (indices (snd t))).
    { destruct t as [e s]. apply reduce_all. }
    apply sum_ext. intros i Hi. apply H, in_indices; auto.
  Qed.
  Lemma runs_choose p x y (b : bool) f g : has L p [] (fun _ => if b then 1 else 0) ->
    has L x (snd t) f -> has L y (snd t) g -> then_has (fun i => if b then f i else g i) ->
    runs ((T Select [p; x; y] [(I1, []); t; t] t, nm) :: c) L Q.
  Proof.
    intros [_ Hp] [_ Hf] [_ Hg] K. apply (runs_instr _ _ _ n (snd t) _ _ _ N) with (2 := K).
    intros o Ho. cbn [t_op t_ats t_rty t_args map]. rewrite sem_in by auto. simpl. unfold sem_select, strue.
    simpl. rewrite Hp by auto. destruct b.
    - rewrite (proj2 (Rltb_true 0 1)) by lra. auto.
    - rewrite (proj2 (Rltb_false 0 0)) by lra. auto.
  Qed.
End Steps.
(* x > y of scalars *)
Lemma runs_greater e nm c n L (Q : list tensor -> Prop) x y a b : length L = n ->
  has L x [] (fun _ => a) -> has L y [] (fun _ => b) ->
  (forall L', length L' = S n -> keeps L L' ->
     has L' n [] (fun _ => if if Rlt_dec b a then true else false then 1 else 0) -> runs c L' Q) ->
  runs ((T (Compare GT) [x; y] [scalar_ty e; scalar_ty e] (I1, []), nm) :: c) L Q.
Proof.
  intros N [_ Hx] [_ Hy] K. apply (runs_instr _ _ _ n [] _ _ _ N) with (2 := K).
  intros [|] Ho; [|discriminate]. cbn [t_op t_ats t_rty t_args map]. rewrite sem_in by auto. simpl.
  rewrite Hx, Hy by auto. reflexivity.
Qed.

(* Carries all that is known of an environment over to the next one. *)
Ltac carry := match goal with K : keeps ?L ?L' |- _ =>
  repeat match goal with H : has L _ _ _ |- _ => apply K in H end; clear K end.
(* n + 2 = S (S n), and so on *)
Ltac counted := repeat rewrite Nat.add_succ_r in *; repeat rewrite Nat.add_0_r in *.
(* One more instruction; what it makes is known from then on. *)
Ltac next := match goal with
  | |- runs ((bin _ _ _ _, _) :: _) _ _ => eapply runs_bin; [eassumption | eassumption | eassumption |]
  | |- runs ((fixed _ _, _) :: _) _ _ => eapply runs_fixed; [eassumption |]
  | |- runs ((spread _ _, _) :: _) _ _ => eapply runs_spread; [eassumption | eassumption |]
  | |- runs ((T (Unary Sqrt) _ _ _, _) :: _) _ _ => eapply runs_sqrt; [eassumption | eassumption |]
  | |- runs ((T (Reduce _ _) _ _ _, _) :: _) _ _ => eapply runs_sum; [eassumption | eassumption |]
  | |- runs ((T (Compare _) _ _ _, _) :: _) _ _ =>
      eapply runs_greater; [eassumption | eassumption | eassumption |]
  | |- runs ((T Select _ _ _, _) :: _) _ _ =>
      eapply runs_choose; [eassumption | eassumption | eassumption | eassumption |]
  | |- runs ((T (Binary _) _ _ _, _) :: _) _ _ =>
      eapply (runs_bin (scalar_ty _)); [eassumption | eassumption | eassumption |]
  | |- runs ((T (Constant _ _) _ _ _, _) :: _) _ _ => eapply (runs_fixed (scalar_ty _)); [eassumption |]
  end; let L := fresh "L" in let E := fresh "E" in let K := fresh "K" in let H := fresh "H" in
       intros L E K H; carry; simpl in H.
(* The code as one list. *)
Ltac flat := cbn [app]; repeat (rewrite <- app_assoc; cbn [app]).
(* A block of them. *)
Ltac next_block B := eapply runs_block; [eapply B; first [eassumption | reflexivity] |];
  let L := fresh "L" in let E := fresh "E" in let K := fresh "K" in let H := fresh "H" in
  intros L E K H; carry;
  match type of E with length _ = (length ?M + _)%nat =>
    match goal with N : length M = _ |- _ => rewrite N in E end end; simpl in E; counted; flat.
Ltac last_block B := eapply runs_last; [eapply B; first [eassumption | reflexivity] |];
  let L := fresh "L" in let K := fresh "K" in let H := fresh "H" in intros L K H; carry; counted.
(* The value is the last one known. *)
Ltac found := apply runs_nil; match goal with H : has ?L ?k _ _ |- has ?L ?k _ _ =>
  apply (has_ext _ _ _ _ _ H); intros i _; unfold averaged, squared, ssub; simpl; try lra end.

(* ---- the blocks ---- *)
Section Blocks.
  Variables (t : ty) (n : nat) (L : list tensor) (theta : tensor).
  Hypothesis N : length L = n.
  Hypothesis Theta : has L 0 (snd t) theta.
  (* θ - η d *)
  Lemma runs_descend eta k d : has L 2 [] (fun _ => eta) -> has L k (snd t) d ->
    runs (descend t k n) L (fun L' => has L' (n + 2) (snd t) (fun i => theta i - eta * d i)).
  Proof. intros He Hd. unfold descend. counted. do 3 next. found. Qed.
  (* g σ *)
  Lemma runs_clipped sigma k g : has L k [] (fun _ => sigma) -> has L 1 (snd t) g ->
    runs (clipped t k n) L (fun L' => has L' (n + 1) (snd t) (fun i => g i * sigma)).
  Proof. intros Hs Hg. unfold clipped. counted. do 2 next. found. Qed.
  (* x + λ θ *)
  Lemma runs_decayed l k x : has L k (snd t) x ->
    runs (decayed t l k n) L (fun L' => has L' (n + 2) (snd t) (fun i => x i + value_of l * theta i)).
  Proof. intros Hx. unfold decayed. counted. do 3 next. found. Qed.
  (* β old + (1-β) x *)
  Lemma runs_average beta j k old x a b c d e : has L j (snd t) old -> has L k (snd t) x ->
    runs (average t beta j k n a b c d e) L (fun L' => has L' (n + 4) (snd t) (averaged beta old x)).
  Proof. intros Ho Hx. unfold average. counted. do 5 next. found. Qed.
  (* num / (√den + ε) *)
  Lemma runs_scaled j k num den eps : has L j (snd t) num -> has L k (snd t) den ->
    runs (scaled t j k n eps) L
      (fun L' => has L' (n + 3) (snd t) (fun i => num i / (sqrt (den i) + value_of eps))).
  Proof. intros Hn Hd. unfold scaled. counted. do 4 next. found. Qed.
  (* ‖x‖ *)
  Lemma runs_norm k x a b c : has L k (snd t) x ->
    runs (norm_of t k n a b c) L (fun L' => has L' (n + 2) [] (fun _ => norm (snd t) x)).
  Proof.
    intros Hx. unfold norm_of. counted. do 3 next. apply runs_nil.
    match goal with H : has ?L ?k _ _ |- has ?L ?k _ _ => exact H end.
  Qed.
  (* The trust ratio times x. *)
  Lemma runs_ratio j k l a b x : has L j [] (fun _ => a) -> has L k [] (fun _ => b) -> has L l (snd t) x ->
    runs (ratio_of t j k l n) L (fun L' => has L' (n + 8) (snd t) (fun i => trust_ratio a b * x i)).
  Proof.
    intros Ha Hb Hx. unfold ratio_of. counted. do 9 next. apply runs_nil.
    match goal with H : has ?L ?k _ _ |- has ?L ?k _ _ => apply (has_ext _ _ _ _ _ H) end.
    intros i _. unfold trust_ratio. replace (0 / 1) with 0 by lra. replace (1 / 1) with 1 by lra.
    destruct (Rlt_dec 0 a), (Rlt_dec 0 b); reflexivity.
  Qed.
End Blocks.
(* The step that LAMB makes of the direction u. *)
Lemma runs_trusted t n L theta k u : length L = n -> has L 0 (snd t) theta -> has L k (snd t) u ->
  runs (trusted t k n) L (fun L' => has L' (n + 14) (snd t) (trusted_step (snd t) true theta u)).
Proof.
  intros N Theta Hu. unfold trusted. counted. next_block runs_norm. next_block runs_norm. last_block runs_ratio.
  match goal with H : has ?L ?k _ _ |- has ?L ?k _ _ => exact H end.
Qed.

(* ---- the rules ---- *)
(* The values at the places k, k + 1, … *)
Definition all_have (L : list tensor) (s : shape) (k : nat) (l : list tensor) : Prop :=
  Forall2 (fun k f => has L k s f) (seq k (length l)) l.
(* From the gradient at k and the states from j on: the new θ and the new states. *)
Definition rule_spec (r : rule) : Prop := forall t adapts decay n L theta g eta t' k j (state : list tensor),
  length L = n -> has L 0 (snd t) theta -> has L k (snd t) g ->
  let shared := rule_values r eta t' in
  all_have L [] 2 (map (fun x _ => x) shared) -> all_have L (snd t) j state ->
  length state = length (rule_states r) ->
  let u := rule_of t r adapts decay k j n in
  runs (u_code u) L (fun L' =>
    has L' (u_theta u) (snd t)
      (fun i => theta i - eta * direction (snd t) r adapts decay theta g shared state i)
    /\ Forall2 (fun k f => has L' k (snd t) f) (u_state u) (rule_state r g state)).

Lemma all_have_cons {X Y} (P : X -> Y -> Prop) x y l m : Forall2 P (x :: l) (y :: m) ->
  P x y /\ Forall2 P l m.
Proof. inversion 1; auto. Qed.
(* Names what is known of the shared scalars and of the states. *)
Ltac at_hand :=
  let sh := fresh "sh" in let Hs := fresh "Hs" in let Hj := fresh "Hj" in let LS := fresh "LS" in
  let u := fresh "u" in
  intros t adapts decay n L theta g eta t' k j state N Ht Hg sh Hs Hj LS u;
    unfold all_have, rule_values, rule_states in *; simpl in Hs, Hj, LS;
  repeat match goal with
  | H : length ?state = O |- _ => destruct state; [clear H | discriminate H]
  | H : length ?state = S _ |- _ => destruct state; [discriminate H | injection H as H]
  end; simpl in Hs, Hj;
  repeat match goal with
  | H : Forall2 _ (_ :: _) (_ :: _) |- _ => apply all_have_cons in H as [? H]
  end; subst sh u; unfold rule_of; cbn [u_code u_theta u_state]; counted; flat.
Ltac known := match goal with H : has ?L ?k _ _ |- has ?L ?k _ _ =>
  apply (has_ext _ _ _ _ _ H); intros i _; first [reflexivity |
    unfold direction, rule_state, averaged, squared, trusted_step, with_decay, adam_direction; simpl; lra] end.
(* The step at the end. *)
Ltac ends := last_block runs_descend; split; [known | simpl; repeat apply Forall2_cons;
  try apply Forall2_nil; known].
Lemma sgd_correct : rule_spec Sgd.
Proof. at_hand. ends. Qed.
Lemma momentum_correct mu : rule_spec (Momentum mu).
Proof. at_hand. do 3 next. ends. Qed.
Lemma nesterov_correct mu : rule_spec (Nesterov mu).
Proof. at_hand. do 5 next. ends. Qed.
Lemma rmsprop_correct alpha eps : rule_spec (RmsProp alpha eps).
Proof.
  at_hand. next.
  next_block runs_average. next_block runs_scaled. ends.
Qed.
Lemma adam_correct b1 b2 eps : rule_spec (Adam b1 b2 eps).
Proof.
  at_hand.
  next_block runs_average. next. next_block runs_average. do 4 next.
  next_block runs_scaled. ends.
Qed.
Lemma adamw_correct b1 b2 eps : rule_spec (AdamW b1 b2 eps).
Proof.
  at_hand. destruct decay as [l|]; cbn [u_code u_theta u_state]; flat;
    (next_block runs_average; next; next_block runs_average; do 4 next; next_block runs_scaled).
  - next_block runs_decayed. ends.
  - ends.
Qed.
Lemma lamb_correct b1 b2 eps : rule_spec (Lamb b1 b2 eps).
Proof.
  at_hand. destruct decay as [l|], adapts; cbn [u_code u_theta u_state]; counted; flat;
    (next_block runs_average; next; next_block runs_average; do 4 next; next_block runs_scaled).
  - next_block runs_decayed. next_block runs_trusted. ends.
  - next_block runs_decayed. ends.
  - next_block runs_trusted. ends.
  - ends.
Qed.
Theorem rule_correct r : rule_spec r.
Proof.
  destruct r.
  - apply sgd_correct.
  - apply momentum_correct.
  - apply nesterov_correct.
  - apply rmsprop_correct.
  - apply adam_correct.
  - apply adamw_correct.
  - apply lamb_correct.
Qed.
